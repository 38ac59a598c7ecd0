# METADATA
# title: Disposal leaves evidence
# description: |
#   What was removed, by which rule, who allowed it and when must be shown after the copy is gone. A removal names
#   its rule or its approval, and a tombstone stays behind.
# scope: package
# custom:
#   id: RET-8
#   clauses: ["21 CFR 58.190", "21 CFR 58.195", "ISO 15189:2022 8.4.3", "ISO/IEC 27001 A.5.33", "SOC 2 CC6.5"]
#   phases: [plan, state]
#   severity: overridable
#   fix: Let terms end copies, or give them up with a retire block that says why and who approved it.
package backstay.control.ret_8

import data.backstay.lib

subjects contains input.change.address if input.change.removes

# What lets a copy go.
rules := {"term_over", "quarantine_over", "given_up"}

deny contains {"msg": msg, "address": input.change.address} if {
	input.change.removes
	not input.change.reason in rules
	msg := sprintf("%s names no rule that allows it (its reason is %s), so nobody could show later why the copy went.", [input.change.action, input.change.reason])
}

deny contains {"msg": "This copy would be given up, and no retire block with a reason and verified approvals says so.", "address": input.change.address} if {
	input.change.removes
	input.change.reason == "given_up"
	not approved
}

approved if {
	some r in input.config.retires
	r.reason
	lib.signed(r)
}

unknown contains {"msg": "The plan does not say what this change would remove.", "address": input.change.address} if {
	input.change.removes
	not input.change.before
}

subjects contains input.copy.address if input.copy.removed

deny contains {"msg": "This copy is gone, and its tombstone does not say which term ended.", "address": input.copy.address} if {
	input.copy.removed
	not input.copy.retain_until
}

unknown contains {"msg": "This copy is gone, and its tombstone does not say when it had been made.", "address": input.copy.address} if {
	input.copy.removed
	input.copy.retain_until
	not input.copy.copied_at
}
