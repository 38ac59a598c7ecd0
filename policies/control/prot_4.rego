# METADATA
# title: Few can delete by hand
# description: |
#   A copy that many can delete is lost by the first of them who errs. By default nobody can: a locked-down project,
#   a medium that is offline, or an empty list of deleters.
# scope: package
# custom:
#   id: PROT-4
#   clauses: ["AWS Backup Audit Manager: prevent manual deletion", "21 CFR 11.10(d)", "platform guidance on backups"]
#   phases: [config, state]
#   severity: overridable
#   parameters:
#     max_deleters: {type: number, default: 0, direction: lower, description: "persons and roles that may delete copies by hand"}
#   fix: Say who can with deleters = [...], take the right away, or lock the place down.
package backstay.control.prot_4

import data.backstay.lib

used contains c.to if {
	some b in input.config.backups
	some c in b.copies
}

# Where nobody reaches the copies between runs.
closed(d) if d.lockdown

closed(d) if d.offline

closed(d) if {
	d.deleters_known
	count(d.deleters) == 0
}

subjects contains d.address if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in used
}

deny contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in used
	count(d.deleters) > input.params.max_deleters
	msg := sprintf("%d can delete copies at %s by hand (%s), and %d is the limit.", [count(d.deleters), d.address, concat(", ", d.deleters), input.params.max_deleters])
}

unknown contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in used
	count(d.deleters) == 0
	not closed(d)
	msg := sprintf("Who can delete copies at %s by hand is not written down: say it with `deleters`, or [] for nobody.", [d.address])
}

subjects contains t.destination if {
	some t in input.totals.destinations
	t.destination in used
}

deny contains {"msg": msg, "address": t.destination} if {
	some t in input.totals.destinations
	t.destination in used
	t.store.deleters > input.params.max_deleters
	msg := sprintf("The store says that %d can delete copies by hand, and %d is the limit.", [t.store.deleters, input.params.max_deleters])
}

told(t) if t.store.deleters >= 0

unknown contains {"msg": "The store was not asked who can delete, and nobody attests it (fact \"deleters\").", "address": t.destination} if {
	some t in input.totals.destinations
	t.destination in used
	not told(t)
	not lib.attested("deleters")
}
