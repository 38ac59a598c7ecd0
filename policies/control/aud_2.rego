# METADATA
# title: Backup plans are reviewed
# description: |
#   What was right two years ago protects yesterday's data. Each backup plan has an owner and the day of its last
#   review, and is reviewed in a cycle.
# scope: package
# custom:
#   id: AUD-2
#   clauses: ["CIS v8 11.1", "EU GMP Annex 11 (2011) 11", "PCI DSS 9.4.1.2"]
#   phases: [config, state]
#   severity: advisory
#   parameters:
#     review_max_age: {type: term, default: "365d", direction: lower, description: "time between reviews"}
#   fix: Review the backup plan, and write reviewed = "YYYY-MM-DD".
package backstay.control.aud_2

subjects contains b.address if {
	input.phase != "plan"
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase != "plan"
	some b in input.config.backups
	not b.owner
	msg := sprintf("Backup plan %q has no owner who would review it.", [b.name])
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase != "plan"
	some b in input.config.backups
	b.reviewed_days > input.params.review_max_age_days
	msg := sprintf("Backup plan %q was last reviewed on %s, and %s is the cycle.", [b.name, b.reviewed, input.params.review_max_age])
}

unknown contains {"msg": msg, "address": b.address} if {
	input.phase != "plan"
	some b in input.config.backups
	not b.reviewed
	msg := sprintf("When backup plan %q was last reviewed is not written down.", [b.name])
}
