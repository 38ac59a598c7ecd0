# METADATA
# title: Author and approver differ
# description: |
#   Who asks for an exception or a removal does not allow it. What weakens protection names approvers, and none of
#   them is the author of the plan.
# scope: package
# custom:
#   id: CHG-4
#   clauses: ["21 CFR 11.10(g)", "NIST SP 800-53 AC-5"]
#   phases: [config, plan]
#   severity: overridable
#   fix: Have somebody else approve it.
package backstay.control.chg_4

# Blocks that weaken protection by somebody's word.
words contains {"address": x.address, "name": x.name, "by": {a.by | some a in x.approved_by}} if some x in input.config.waivers

words contains {"address": x.address, "name": x.name, "by": {a.by | some a in x.approved_by}} if some x in input.config.releases

words contains {"address": x.address, "name": x.name, "by": {a.by | some a in x.approved_by}} if some x in input.config.shortens

words contains {"address": x.address, "name": x.name, "by": {a.by | some a in x.approved_by}} if some x in input.config.retires

subjects contains w.address if {
	input.phase == "config"
	some w in words
}

deny contains {"msg": msg, "address": w.address} if {
	input.phase == "config"
	some w in words
	count(w.by) == 0
	msg := sprintf("%q names no approver.", [w.name])
}

deny contains {"msg": msg, "address": r.address} if {
	input.phase == "config"
	some r in input.config.releases
	some h in input.config.holds
	h.name == r.hold
	some a in r.approved_by
	a.by == h.owner
	msg := sprintf("%s both asked for hold %q and approves its end.", [a.by, h.name])
}

subjects contains w.address if {
	count(input.run.allow) >= 0
	some w in words
}

deny contains {"msg": msg, "address": w.address} if {
	some w in words
	input.run.author in w.by
	msg := sprintf("%s approved %q and is the author of this plan.", [input.run.author, w.name])
}

unknown contains {"msg": msg, "address": w.address} if {
	count(input.run.allow) >= 0
	not input.run.author
	some w in words
	msg := sprintf("Who is the author of this plan is not known, so nobody knows whether another approved %q.", [w.name])
}
