# METADATA
# title: A term from an event waits for the event
# description: |
#   A retention that runs from a report, an approval or the end of a study cannot end before somebody attests the
#   event. Until then the term is open and the copy stays; what waits long is shown.
# scope: package
# custom:
#   id: RET-4
#   clauses: ["21 CFR 58.195(b)", "21 CFR 312.57(c)", "21 CFR 812.140(d)", "42 CFR 493.1105"]
#   phases: [config, plan, state]
#   severity: mandatory
#   parameters:
#     anchor_wait: {type: term, default: "730d", direction: lower, description: "how long a copy may wait for its event before it is shown"}
#   fix: Attest the event with its date, or leave the copies alone.
package backstay.control.ret_4

from_event(b) if b.retention.anchor != "created"

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
	from_event(b)
}

deny contains {"msg": msg, "address": a.address} if {
	input.phase == "config"
	some b in input.config.backups
	from_event(b)
	some a in input.config.attests
	a.fact == b.retention.anchor
	not a.date
	msg := sprintf("Attestation %q gives no date, and backup plan %q counts from it.", [a.name, b.name])
}

unknown contains {"msg": msg, "address": a.address} if {
	input.phase == "config"
	some b in input.config.backups
	from_event(b)
	some a in input.config.attests
	a.fact == b.retention.anchor
	a.expired
	msg := sprintf("Attestation %q has expired, and backup plan %q counts from it: whether the event holds is not known.", [a.name, b.name])
}

waits if input.change.before.retain_until == "open"

subjects contains input.change.address if {
	input.change.removes
	waits
}

deny contains {"msg": msg, "address": input.change.address} if {
	input.change.removes
	waits
	input.change.reason != "given_up"
	msg := sprintf("The event that the term of this copy runs from is not attested; %s is refused until it is.", [input.change.action])
}

unknown contains {"msg": "The plan does not say when the term of this copy ends.", "address": input.change.address} if {
	input.change.removes
	not input.change.before.retain_until
}

subjects contains input.copy.address if {
	input.copy.retain_until == "open"
	not input.copy.removed
}

deny contains {"msg": "This copy was removed before the event that its term runs from.", "address": input.copy.address} if {
	input.copy.retain_until == "open"
	input.copy.removed
}

warn contains {"msg": msg, "address": input.copy.address} if {
	input.copy.retain_until == "open"
	not input.copy.removed
	input.copy.copied_days > input.params.anchor_wait_days
	msg := sprintf("This copy has waited %d days for the event that its term runs from.", [input.copy.copied_days])
}
