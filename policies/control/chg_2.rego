# METADATA
# title: Replacing a destination never takes the only verified copy
# description: |
#   Copies at a destination that no copy block names any more go only when a verified copy lies elsewhere, or
#   when nothing needs them.
# scope: package
# custom:
#   id: CHG-2
#   clauses: ["HIPAA 164.310(d)(2)(iv)", "HIPAA 164.308(a)(7)(ii)(E)"]
#   phases: [plan]
#   severity: mandatory
#   fix: Let the new destination fill and be verified before the old copies go.
package backstay.control.chg_2

import data.backstay.lib

in_use contains c.to if {
	some b in input.config.backups
	some c in b.copies
}

subjects contains input.change.address if {
	input.change.removes
	not input.change.destination in in_use
}

deny contains {"msg": msg, "address": input.change.address} if {
	input.change.removes
	not input.change.destination in in_use
	input.change.remaining < 1
	needed
	not given_up
	msg := sprintf("%s is no longer a destination of any backup plan, and this is the only verified copy of an object that is still needed.", [input.change.destination])
}

unknown contains {"msg": msg, "address": input.change.address} if {
	input.change.removes
	not input.change.destination in in_use
	not input.change.before
	msg := "The plan does not say what this change would remove."
}

needed if input.change.object.live

needed if not input.change.before.term_over

given_up if {
	input.change.reason == "given_up"
	some r in input.config.retires
	lib.signed(r)
	some t in r.targets
	lib.about(t)
}
