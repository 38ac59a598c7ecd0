# METADATA
# title: Nothing is removed before its date
# description: |
#   A copy is retired only when its term is over, and expires only when it was retired and its quarantine is
#   over. A term that is open or forever never ends by itself.
# scope: package
# custom:
#   id: RET-2
#   clauses: ["21 CFR 11.10(c)", "42 CFR 493.1105"]
#   phases: [plan, state]
#   severity: mandatory
#   fix: Wait for the date. To give up copies early, a retire block with approvals is the way.
package backstay.control.ret_2

import data.backstay.lib

subjects contains input.change.address if input.change.removes

# A retire block with signed approvals is the one way to give copies up early.
deny contains {"msg": msg, "address": input.change.address} if {
	input.change.removes
	not input.change.before.term_over
	not given_up
	msg := sprintf("The term of this copy runs until %s; %s before that date is refused.", [until, input.change.action])
}

# Quarantine is at least a week, whatever the configuration says: what was
# retired by mistake must be seen before it is gone.
deny contains {"msg": msg, "address": input.change.address} if {
	input.change.action == "expire"
	not week_in_quarantine
	msg := "This copy was not in quarantine for at least 7 days. It is removed only after that, so that a mistake can be noticed."
}

given_up if {
	input.change.reason == "given_up"
	some r in input.config.retires
	lib.signed(r)
	some t in r.targets
	lib.about(t)
}

# What a retire block gave up expires by the reason of its quarantine.
given_up if {
	input.change.action == "expire"
	some r in input.config.retires
	lib.signed(r)
	some t in r.targets
	lib.about(t)
}

week_in_quarantine if input.change.before.retired_days >= 7

default until := "a date that nobody set"

until := input.change.before.retain_until

subjects contains input.copy.address if input.copy.removed

deny contains {"msg": msg, "address": input.copy.address} if {
	input.copy.removed
	input.copy.removed_early
	msg := sprintf("This copy was removed before its date, %s.", [input.copy.retain_until])
}

unknown contains {"msg": msg, "address": input.copy.address} if {
	input.copy.removed
	not input.copy.retain_until
	msg := "The tombstone of this copy does not say when its term ended."
}
