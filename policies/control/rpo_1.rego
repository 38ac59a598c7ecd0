# METADATA
# title: Copies are made often enough
# description: |
#   What changed since the last run is what a loss costs. A backup plan is meant to run at least as often as the
#   recovery point that it promises, and as the classes in its scope allow. What has no class has only the promise.
# scope: package
# custom:
#   id: RPO-1
#   clauses: ["AWS Backup Audit Manager: minimum frequency", "CIS v8 11.2", "NIST SP 800-53 CP-9", "SOC 2 A1.2"]
#   phases: [config]
#   severity: overridable
#   parameters:
#     rpo_data: {type: term, default: "24h", direction: lower, description: "for raw, aligned, variants, report and metadata"}
#     rpo_method: {type: term, default: "7d", direction: lower, description: "for method"}
#     rpo_intermediate: {type: term, default: "30d", direction: lower, description: "for intermediate"}
#   fix: Write every = "24h" in the backup plan, and run it so.
package backstay.control.rpo_1

limit("method") := input.params.rpo_method_hours

limit("intermediate") := input.params.rpo_intermediate_hours

limit(class) := input.params.rpo_data_hours if class in {"raw", "aligned", "variants", "report", "metadata"}

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	some s in b.scope.includes
	b.every_hours > limit(s.class)
	msg := sprintf("Backup plan %q runs every %s, and %d hours is the limit for class %q.", [b.name, b.every, limit(s.class), s.class])
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	b.every_hours > b.objective.rpo_hours
	msg := sprintf("Backup plan %q promises a recovery point of %s and runs every %s only.", [b.name, b.objective.rpo, b.every])
}

unknown contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not b.every
	msg := sprintf("How often backup plan %q is meant to run is not written down: say it with `every`.", [b.name])
}
