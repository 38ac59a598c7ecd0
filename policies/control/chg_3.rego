# METADATA
# title: What is applied is what was judged
# description: |
#   Apply carries out the plan that was judged, under the configuration, the policy set and the state that it was
#   judged by, and not later than its maximum age. Every run keeps the digests.
# scope: package
# custom:
#   id: CHG-3
#   clauses: ["21 CFR 11.10(e)", "ICH E6(R3) 4.2.2"]
#   phases: [plan, state]
#   severity: mandatory
#   parameters:
#     max_plan_age: {type: term, default: "24h", direction: lower, description: "age of a plan when apply starts"}
#   fix: Make a new plan.
package backstay.control.chg_3

subjects contains "plan" if input.run.apply

deny contains {"msg": msg, "address": "plan"} if {
	input.run.apply
	not input.run.config_bound
	msg := "The configuration is not the one that the plan was made from."
}

deny contains {"msg": msg, "address": "plan"} if {
	input.run.apply
	not input.run.policy_bound
	msg := "The policy set is not the one that judged the plan."
}

deny contains {"msg": msg, "address": "plan"} if {
	input.run.apply
	not input.run.state_bound
	msg := "The state has moved since the plan was made."
}

deny contains {"msg": msg, "address": "plan"} if {
	input.run.apply
	input.run.age_hours > input.params.max_plan_age_hours
	msg := sprintf("The plan is %d hours old, and %s is the limit.", [input.run.age_hours, input.params.max_plan_age])
}

unknown contains {"msg": msg, "address": "plan"} if {
	input.run.apply
	input.run.max_age_hours == 0
	msg := "The plan does not say how old it may become."
}

subjects contains "runs" if input.totals.runs.known > 0

deny contains {"msg": msg, "address": "runs"} if {
	input.totals.runs.without_digests > 0
	msg := sprintf("%d runs are on record without the digests of plan, configuration and policy set.", [input.totals.runs.without_digests])
}
