# METADATA
# title: Terms of existing copies are not shortened
# description: |
#   What was promised when a copy was made holds for that copy. A shorter retention counts for later ones; for
#   copies that exist only a shorten block with verified approvals lowers a term.
# scope: package
# custom:
#   id: RET-5
#   clauses: ["21 CFR 11.10(c)", "vault-lock semantics"]
#   phases: [config, plan]
#   severity: overridable
#   fix: Leave existing copies their term, or write a shorten block, signed by those who approve it.
package backstay.control.ret_5

import data.backstay.lib

subjects contains s.address if {
	input.phase == "config"
	some s in input.config.shortens
}

deny contains {"msg": msg, "address": s.address} if {
	input.phase == "config"
	some s in input.config.shortens
	not s.reason
	msg := sprintf("%q lowers terms and gives no reason.", [s.name])
}

deny contains {"msg": msg, "address": s.address} if {
	input.phase == "config"
	some s in input.config.shortens
	count(s.approved_by) == 0
	msg := sprintf("%q lowers terms, and nobody approved it.", [s.name])
}

unknown contains {"msg": msg, "address": s.address} if {
	input.phase == "config"
	some s in input.config.shortens
	count(s.approved_by) > 0
	not lib.signed(s)
	msg := sprintf("%q lowers terms, and who approved it is not verified: each approver signs it with a key of allowed_signers.", [s.name])
}

subjects contains input.change.address if {
	input.change.term_change in {"same", "raised", "lowered"}
	not input.change.removes
}

deny contains {"msg": msg, "address": input.change.address} if {
	input.change.term_change == "lowered"
	not input.change.removes
	input.change.after.retain_until
	not shortened
	msg := sprintf("The term of this copy would end at %s instead of %s, and no signed shorten block says so.", [input.change.after.retain_until, input.change.before.retain_until])
}

unknown contains {"msg": msg, "address": input.change.address} if {
	input.change.term_change == "lowered"
	not input.change.removes
	not input.change.after.retain_until
	msg := "The plan does not say when the term of this copy will end."
}

shortened if {
	some s in input.config.shortens
	lib.signed(s)
	some t in s.targets
	lib.about(t)
}
