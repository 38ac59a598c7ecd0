# METADATA
# title: The last good copy never goes by routine
# description: |
#   Whatever a term says, the last verified copies of an object stay while it lives or while its term runs.
# scope: package
# custom:
#   id: RET-6
#   clauses: ["21 CFR 11.10(c)", "42 CFR 493.1105"]
#   phases: [config, plan]
#   severity: mandatory
#   parameters:
#     keep_last: {type: number, default: 1, direction: higher, description: "verified copies that stay"}
#   fix: Make and verify another copy first. Erasure is the business of a retire block with signed approvals.
package backstay.control.ret_6

import data.backstay.lib

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	b.retention.keep_last < input.params.keep_last
	msg := sprintf("Backup plan %q keeps the last %d versions, and at least %d must stay: otherwise the only copy of an old file would end with its term.", [b.name, b.retention.keep_last, input.params.keep_last])
}

subjects contains input.change.address if input.change.removes

deny contains {"msg": msg, "address": input.change.address} if {
	input.change.removes
	input.change.remaining < input.params.keep_last
	needed
	not given_up
	msg := sprintf("After this change %d verified copies would be left of an object that is still needed; at least %d must stay.", [input.change.remaining, input.params.keep_last])
}

unknown contains {"msg": msg, "address": input.change.address} if {
	input.change.removes
	not input.change.before
	msg := "The plan does not say what this change would remove."
}

needed if input.change.object.live

needed if not input.change.before.term_over

given_up if {
	input.change.reason == "given_up"
	some r in input.config.retires
	lib.signed(r)
	some t in r.targets
	lib.about(t)
}
