# METADATA
# title: What is held stays
# description: |
#   A hold keeps objects whatever their term says. Copies under it are not retired, expired or moved off locked
#   storage until a release ends it.
# scope: package
# custom:
#   id: HOLD-1
#   clauses: ["AWS Backup legal holds", "duty to preserve in litigation"]
#   phases: [config, plan, state]
#   severity: mandatory
#   fix: End the hold with a release block, approved by somebody who did not ask for it; or leave the copies alone.
package backstay.control.hold_1

subjects contains h.address if {
	input.phase == "config"
	some h in input.config.holds
}

deny contains {"msg": msg, "address": h.address} if {
	input.phase == "config"
	some h in input.config.holds
	not h.reason
	msg := sprintf("Hold %q gives no reason. Who finds it in five years must be able to tell whether it still counts.", [h.name])
}

deny contains {"msg": msg, "address": h.address} if {
	input.phase == "config"
	some h in input.config.holds
	count(h.targets) == 0
	not h.match
	msg := sprintf("Hold %q names neither targets nor a match, so it holds nothing.", [h.name])
}

# What takes a copy away, or takes it off storage that locks.
touching := {"retire", "expire", "archive"}

subjects contains input.change.address if {
	input.change.action in touching
	count(input.change.before.held) > 0
}

deny contains {"msg": msg, "address": input.change.address} if {
	input.change.action in touching
	count(input.change.before.held) > 0
	msg := sprintf("This copy is held by %s; %s is refused while the hold stands.", [concat(", ", input.change.before.held), input.change.action])
}

subjects contains h.name if some h in input.totals.holds

deny contains {"msg": msg, "address": sprintf("hold.%s", [h.name])} if {
	some h in input.totals.holds
	h.missing.objects > 0
	msg := sprintf("%d copies under hold %q are missing or damaged.", [h.missing.objects, h.name])
}

unknown contains {"msg": "The plan does not say what this change would remove, so nobody knows whether it is held.", "address": input.change.address} if {
	input.change.removes
	not input.change.before
}
