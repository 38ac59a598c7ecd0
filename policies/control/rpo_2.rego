# METADATA
# title: The newest copy is young enough
# description: |
#   What changed since the last copy is what a loss would cost. Backup plans say how much that may be (objective
#   rpo). A plan only warns, so that the first backup of an old tree is never refused; a check fails.
# scope: package
# custom:
#   id: RPO-2
#   clauses: ["AWS Backup Audit Manager: last recovery point", "NIST SP 800-53 CP-9(5)"]
#   phases: [plan, state]
#   severity: overridable
#   parameters:
#     rpo: {type: term, default: "24h", direction: lower, description: "where the backup plan names no rpo"}
#   fix: Run apply, and run it more often.
package backstay.control.rpo_2

limits[b.address] := b.objective.rpo_hours if some b in input.config.backups

limits[b.address] := input.params.rpo_hours if {
	some b in input.config.backups
	not b.objective.rpo
}

subjects contains t.backup if {
	some t in input.summary.backups
	limits[t.backup]
}

warn contains {"msg": msg, "address": t.backup} if {
	some t in input.summary.backups
	some b in input.config.backups
	b.address == t.backup
	limits[t.backup] < t.waiting_hours
	b.objective
	msg := sprintf("The oldest change that has no copy is %d hours old, and %d is the limit. Applying this plan mends it.", [t.waiting_hours, limits[t.backup]])
}

subjects contains t.backup if {
	some t in input.totals.backups
	limits[t.backup]
}

deny contains {"msg": msg, "address": t.backup} if {
	some t in input.totals.backups
	limits[t.backup] < t.newest_hours
	msg := sprintf("The backup plan was last carried out %d hours ago; %d is the limit.", [t.newest_hours, limits[t.backup]])
}

deny contains {"msg": msg, "address": t.backup} if {
	some t in input.totals.backups
	limits[t.backup] < t.waiting_hours
	msg := sprintf("The oldest object without a copy of its present version has waited %d hours; %d is the limit.", [t.waiting_hours, limits[t.backup]])
}

unknown contains {"msg": "This backup plan was never carried out.", "address": t.backup} if {
	some t in input.totals.backups
	limits[t.backup]
	not t.newest_hours
}
