# METADATA
# title: Coverage does not shrink in silence
# description: |
#   Objects that were protected and that no scope names any more are left out by an exclude with a reason, or the
#   plan is looked at again. What is certainly gone from all scopes fails; what may be is unknown.
# scope: package
# custom:
#   id: CHG-6
#   clauses: ["AWS Backup Audit Manager: resources in a plan", "NIST SP 800-53 CM-3"]
#   phases: [plan, state]
#   severity: overridable
#   parameters:
#     max_scope_loss: {type: number, default: 0, direction: lower, description: "objects that may leave all scopes without a reason"}
#   fix: Widen the scope again, or leave the objects out with an exclude that says why.
package backstay.control.chg_6

place(s) := s.address

place(s) := s.source if not s.address

# Sources of which something was protected before this plan.
subjects contains place(s) if {
	some s in input.summary.sources
	s.recorded.objects > 0
}

# Objects that are there, were protected, and are now neither protected nor
# left out with a reason: at least so many, for new objects may hide some.
left(s) := ((s.recorded.objects - s.lost.objects) - s.in_scope.objects) - s.excluded.objects

deny contains {"msg": msg, "address": place(s)} if {
	some s in input.summary.sources
	left(s) > input.params.max_scope_loss
	msg := sprintf("At least %d objects that were protected are in no scope any more, and no exclude with a reason names them.", [left(s)])
}

unknown contains {"msg": msg, "address": place(s)} if {
	some s in input.summary.sources
	s.recorded.objects > 0
	s.uncovered.objects > input.params.max_scope_loss
	left(s) <= input.params.max_scope_loss
	msg := sprintf("%d objects are in no scope, and whether one of them was protected before is not known.", [s.uncovered.objects])
}

subjects contains place(s) if some s in input.totals.sources

warn contains {"msg": msg, "address": place(s)} if {
	some s in input.totals.sources
	s.uncovered.objects > input.params.max_scope_loss
	msg := sprintf("%d objects (%d bytes) are in no scope. Compare with the last check: a number that grows is coverage that shrinks.", [s.uncovered.objects, s.uncovered.bytes])
}
