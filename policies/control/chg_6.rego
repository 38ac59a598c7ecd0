# METADATA
# title: Coverage does not shrink in silence
# description: |
#   Objects that were protected and that no scope names any more are left out by an exclude with a reason, or the
#   plan is looked at again.
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

deny contains {"msg": msg, "address": place(s)} if {
	some s in input.summary.sources
	s.left_scope.objects > input.params.max_scope_loss
	msg := sprintf("%d objects (%d bytes) that were protected are in no scope any more, and no exclude with a reason names them.", [s.left_scope.objects, s.left_scope.bytes])
}

unknown contains {"msg": "Whether objects that were protected left all scopes was not counted.", "address": place(s)} if {
	some s in input.summary.sources
	s.recorded.objects > 0
	not s.left_scope
}

subjects contains place(s) if some s in input.totals.sources

warn contains {"msg": msg, "address": place(s)} if {
	some s in input.totals.sources
	s.uncovered.objects > input.params.max_scope_loss
	msg := sprintf("%d objects (%d bytes) are in no scope. Compare with the last check: a number that grows is coverage that shrinks.", [s.uncovered.objects, s.uncovered.bytes])
}

warn contains {"msg": msg, "address": place(s)} if {
	some s in input.totals.sources
	s.left_scope.objects > input.params.max_scope_loss
	msg := sprintf("%d objects (%d bytes) have copies and are in no scope any more: the next plan says so, and their copies stay for their terms.", [s.left_scope.objects, s.left_scope.bytes])
}
