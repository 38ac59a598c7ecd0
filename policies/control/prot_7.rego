# METADATA
# title: Marks travel with the data
# description: |
#   A project marked as holding health information goes only to a place that is marked so, too; on a platform whose
#   projects can be locked down, copies of it lie in one that is.
# scope: package
# custom:
#   id: PROT-7
#   clauses: ["HIPAA 164.312(a)(1)", "DNAnexus project access controls: containsPHI, restricted, protected"]
#   phases: [config, plan, state]
#   severity: mandatory
#   fix: Mark the destination with contains_phi = true, once it is one that may hold such data.
package backstay.control.prot_7

import data.backstay.lib

# Destinations that data marked as health information goes to.
marked contains c.to if {
	some b in input.config.backups
	some s in input.config.sources
	s.address == b.source
	s.contains_phi
	some c in b.copies
}

subjects contains d.address if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in marked
}

deny contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in marked
	d.contains_phi == false
	msg := sprintf("%s says that it holds no health information, and a source that does goes there.", [d.address])
}

unknown contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in marked
	not told(d)
	msg := sprintf("Nothing tells whether %s may hold health information: write `contains_phi`.", [d.address])
}

told(d) if d.contains_phi

told(d) if d.contains_phi == false

deny contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in marked
	d.type == "dnanexus"
	d.contains_phi
	not d.restricted
	not d.lockdown
	msg := sprintf("%s takes health information, and neither restricted nor lockdown keeps it there.", [d.address])
}

unmarked contains d.address if {
	some d in input.config.destinations
	d.address in marked
	not d.contains_phi
}

subjects contains input.change.address if {
	input.change.action in {"copy", "recopy", "adopt"}
	input.change.destination in marked
}

phi_sources contains s.name if {
	some s in input.config.sources
	s.contains_phi
}

deny contains {"msg": "This change brings health information to a place that is not marked for it.", "address": input.change.address} if {
	input.change.action in {"copy", "recopy", "adopt"}
	input.change.destination in unmarked
	input.change.object.source in phi_sources
}

subjects contains t.destination if {
	some t in input.totals.destinations
	t.destination in marked
}

deny contains {"msg": "The store is not marked as holding health information, and such data lies there.", "address": t.destination} if {
	some t in input.totals.destinations
	t.destination in marked
	t.store.contains_phi == false
}

read_back(t) if t.store.contains_phi

read_back(t) if t.store.contains_phi == false

unknown contains {"msg": "The marks of the store were not read back, and nobody attests them (fact \"marks\").", "address": t.destination} if {
	some t in input.totals.destinations
	t.destination in marked
	not read_back(t)
	not lib.attested("marks")
}
