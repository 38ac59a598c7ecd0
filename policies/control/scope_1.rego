# METADATA
# title: Everything is protected, or left out by name with a reason
# description: |
#   What no scope matches and no exclude names is lost when its disk is, and nobody decided that it may be.
# scope: package
# custom:
#   id: SCOPE-1
#   clauses: ["AWS Backup Audit Manager: resources in a plan", "HIPAA 164.308(a)(7)(ii)(E)"]
#   phases: [config, plan, state]
#   severity: overridable
#   parameters:
#     max_uncovered_ratio: {type: number, default: 0, direction: lower, description: "share of a source's objects"}
#   fix: Widen a scope, or write an exclude with a reason and an owner.
package backstay.control.scope_1

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	some x in b.scope.excludes
	not x.reason
	msg := sprintf("An exclude of backup plan %q gives no reason. What is left out is lost with its disk: say why that is right.", [b.name])
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	some x in b.scope.excludes
	not x.owner
	msg := sprintf("An exclude of backup plan %q names nobody who answers for it.", [b.name])
}

subjects contains source_of(s) if some s in input.summary.sources

warn contains {"msg": msg, "address": source_of(s)} if {
	some s in input.summary.sources
	s.uncovered_ratio > input.params.max_uncovered_ratio
	msg := sprintf("%d objects (%d bytes) of %s are in no scope, and no exclude with a reason names them.", [s.uncovered.objects, s.uncovered.bytes, source_of(s)])
}

subjects contains source_of(s) if some s in input.totals.sources

deny contains {"msg": msg, "address": source_of(s)} if {
	some s in input.totals.sources
	s.uncovered_ratio > input.params.max_uncovered_ratio
	msg := sprintf("%d objects (%d bytes) of %s are in no scope, and no exclude with a reason names them.", [s.uncovered.objects, s.uncovered.bytes, source_of(s)])
}

unknown contains {"msg": "The source of this backup plan was never listed, so nobody knows what it leaves out.", "address": t.backup} if {
	some t in input.totals.backups
	not t.listed
}

source_of(s) := s.address

source_of(s) := s.source if not s.address
