# METADATA
# title: Within the budget
# description: |
#   What a plan will cost to store, send and bring back is compared with the budgets of the backup plans it is for,
#   added up; and what the copies of each cost to store today, with its own. A price that is missing makes the answer
#   unknown, never cheap.
# scope: package
# custom:
#   id: CHG-8
#   clauses: ["cost within budget: stored, egress, retrieval, early deletion"]
#   phases: [config, plan, state]
#   severity: advisory
#   parameters:
#     required: {type: boolean, default: false, direction: "true", description: "each backup plan has a budget"}
#   fix: Raise the budget, or send fewer bytes to cheaper places.
package backstay.control.chg_8

budgeted contains b.address if {
	some b in input.config.backups
	b.budget
}

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
	b.budget
}

subjects contains b.address if {
	input.phase == "config"
	input.params.required
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	input.params.required
	some b in input.config.backups
	not b.budget
	msg := sprintf("Backup plan %q has no budget.", [b.name])
}

# A budget for the whole plan exists once every backup plan has one.
whole if count(budgeted) == count(input.config.backups)

month := sum([b.budget.month | some b in input.config.backups]) if count([b | some b in input.config.backups; not b.budget.month]) == 0

egress := sum([b.budget.egress | some b in input.config.backups]) if count([b | some b in input.config.backups; not b.budget.egress]) == 0

retrieval := sum([b.budget.retrieval | some b in input.config.backups]) if count([b | some b in input.config.backups; not b.budget.retrieval]) == 0

subjects contains "plan" if {
	input.summary.changes >= 0
	count(budgeted) > 0
}

deny contains {"msg": msg, "address": "plan"} if {
	input.summary.cost.known
	input.summary.cost.storage_month > month
	msg := sprintf("Storage would cost %v %s a month, and the budget is %v.", [input.summary.cost.storage_month, currency, month])
}

deny contains {"msg": msg, "address": "plan"} if {
	input.summary.cost.known
	input.summary.cost.egress > egress
	msg := sprintf("Sending would cost %v %s, and the budget is %v.", [input.summary.cost.egress, currency, egress])
}

deny contains {"msg": msg, "address": "plan"} if {
	input.summary.cost.known
	input.summary.cost.retrieval + input.summary.cost.early_deletion > retrieval
	msg := sprintf("Retrieval and early deletion would cost %v %s, and the budget is %v.", [input.summary.cost.retrieval + input.summary.cost.early_deletion, currency, retrieval])
}

default currency := ""

currency := input.summary.cost.currency

unknown contains {"msg": msg, "address": "plan"} if {
	not input.summary.cost.known
	input.summary.changes >= 0
	count(budgeted) > 0
	msg := sprintf("What the plan costs is not known: %s.", [gap])
}

default gap := "a price is missing"

gap := sprintf("no price for %s", [concat(", ", input.summary.cost.missing)]) if count(input.summary.cost.missing) > 0

unknown contains {"msg": "Some backup plans have no budget, so what a plan for all of them may cost is not known.", "address": "plan"} if {
	input.summary.cost.known
	count(budgeted) > 0
	not whole
}

# spent is what the copies of a backup plan with a budget cost today.
spent contains {"backup": b, "cost": t.cost} if {
	some t in input.totals.backups
	some b in input.config.backups
	b.address == t.backup
	b.budget.month >= 0
}

subjects contains s.backup.address if some s in spent

deny contains {"msg": msg, "address": s.backup.address} if {
	some s in spent
	s.cost.known
	s.cost.storage_month > s.backup.budget.month
	msg := sprintf("The copies of backup plan %q cost %v %s a month to store, and its budget is %v.", [s.backup.name, s.cost.storage_month, s.cost.currency, s.backup.budget.month])
}

unknown contains {"msg": msg, "address": s.backup.address} if {
	some s in spent
	not s.cost.known
	msg := sprintf("What the copies of backup plan %q cost is not known: no price for %s.", [s.backup.name, concat(", ", s.cost.missing)])
}
