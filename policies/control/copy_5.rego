# METADATA
# title: Zero errors
# description: |
#   A copy that cannot be read back is no copy. Copies are verified, again and again, and a damaged one is mended.
# scope: package
# custom:
#   id: COPY-5
#   clauses: ["3-2-1-1-0", "NIST SP 800-53 CP-9(1)"]
#   phases: [config, plan, state]
#   severity: overridable
#   parameters:
#     max_verify_age: {type: term, default: "90d", direction: lower, description: "age of a copy's last verification"}
#   fix: Add a verify block; run verify, and apply the plan that mends what it found.
package backstay.control.copy_5

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not b.verify
	msg := sprintf("Backup plan %q has no verify block, so nothing is ever read back.", [b.name])
}

building := {"adopt", "archive", "lock"}

subjects contains input.change.address if input.change.action in building

deny contains {"msg": msg, "address": input.change.address} if {
	input.change.action in building
	input.change.before.status in {"damaged", "missing"}
	msg := sprintf("This copy is %s; %s would build on it.", [input.change.before.status, input.change.action])
}

judged if {
	input.copy.current
	not input.copy.status in {"retired", "entry", "expired"}
	not input.copy.replaced
}

subjects contains input.copy.address if judged

deny contains {"msg": msg, "address": input.copy.address} if {
	judged
	input.copy.status in {"damaged", "missing"}
	msg := sprintf("This copy is %s and has no verified replacement.", [input.copy.status])
}

deny contains {"msg": msg, "address": input.copy.address, "evidence": {"verified_at": input.copy.verified_at}} if {
	judged
	input.copy.status == "verified"
	input.copy.verified_days > input.params.max_verify_age_days
	msg := sprintf("This copy was last verified %d days ago; %s is the limit.", [input.copy.verified_days, input.params.max_verify_age])
}

unknown contains {"msg": "This copy was written and never verified.", "address": input.copy.address} if {
	judged
	input.copy.status == "written"
}
