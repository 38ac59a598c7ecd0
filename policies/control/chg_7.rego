# METADATA
# title: Decisions rest on fresh facts
# description: |
#   A plan that was made from an old listing of the source decides about a tree that may not be there any more.
# scope: package
# custom:
#   id: CHG-7
#   clauses: ["21 CFR 11.10(e)", "NIST SP 800-53 CM-3"]
#   phases: [plan, state]
#   severity: overridable
#   parameters:
#     max_inventory_age: {type: term, default: "24h", direction: lower, description: "age of the listing that is judged"}
#   fix: Make a new plan, or run check against a source that can be listed.
package backstay.control.chg_7

subjects contains "plan" if input.run.age_hours >= 0

deny contains {"msg": msg, "address": "plan"} if {
	input.run.age_hours > input.params.max_inventory_age_hours
	msg := sprintf("The plan rests on facts that are %d hours old, and %s is the limit.", [input.run.age_hours, input.params.max_inventory_age])
}

subjects contains t.backup if some t in input.totals.backups

deny contains {"msg": msg, "address": t.backup} if {
	some t in input.totals.backups
	t.listed_hours > input.params.max_inventory_age_hours
	msg := sprintf("The source of this backup plan was last listed %d hours ago, and %s is the limit.", [t.listed_hours, input.params.max_inventory_age])
}

unknown contains {"msg": "When the source of this backup plan was last listed is not on record.", "address": t.backup} if {
	some t in input.totals.backups
	not t.listed_hours
}
