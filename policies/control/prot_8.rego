# METADATA
# title: Copies get the same care as the original
# description: |
#   Access to a copy is access to the data. Where data about persons goes, access is restricted, and what the source
#   is attested to holds for the destination.
# scope: package
# custom:
#   id: PROT-8
#   clauses: ["CIS v8 11.3", "GDPR Art. 32(1)(c)", "ISO/IEC 27001 A.8.13", "NIST SP 800-53 CP-9(d)"]
#   phases: [config, plan]
#   severity: overridable
#   fix: Restrict access to the destination, and say so with restricted = true.
package backstay.control.prot_8

import data.backstay.lib

sensitive contains c.to if {
	some b in input.config.backups
	lib.sensitive(b)
	some c in b.copies
}

careful(d) if d.restricted

careful(d) if d.lockdown

careful(d) if d.offline

subjects contains d.address if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in sensitive
}

deny contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in sensitive
	d.restricted == false
	not careful(d)
	msg := sprintf("%s takes data about persons, and its access is not restricted.", [d.address])
}

unknown contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in sensitive
	not told(d)
	not careful(d)
	msg := sprintf("Nothing tells whether access to %s is restricted: write `restricted`.", [d.address])
}

told(d) if d.restricted

told(d) if d.restricted == false

careless contains d.address if {
	some d in input.config.destinations
	d.address in sensitive
	d.restricted == false
	not careful(d)
}

subjects contains input.change.address if {
	input.change.action in {"copy", "recopy", "adopt"}
	input.change.destination in sensitive
}

deny contains {"msg": "This change brings data about persons to a place whose access is not restricted.", "address": input.change.address} if {
	input.change.action in {"copy", "recopy", "adopt"}
	input.change.destination in careless
}
