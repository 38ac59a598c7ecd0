# METADATA
# title: A selector that matches nothing protects nothing
# description: |
#   A misspelt path or an unmounted folder leaves a backup plan without objects, and every other control then has
#   nothing to say. So an empty scope is a failure of its own.
# scope: package
# custom:
#   id: SCOPE-5
#   clauses: ["AWS Backup Audit Manager: resources in a plan", "HIPAA 164.308(a)(7)(ii)(E)"]
#   phases: [config, plan, state]
#   severity: mandatory
#   parameters:
#     allow_empty: {type: list, default: [], direction: subset, description: "names of backup plans that may be empty"}
#   fix: Correct the paths of the scope, or mount the source.
package backstay.control.scope_5

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	some s in b.scope.includes
	s.larger_than >= s.smaller_than
	msg := sprintf("An include of backup plan %q asks for objects larger than %d and smaller than %d bytes: there are none.", [b.name, s.larger_than, s.smaller_than])
}

# -allow=source_loss says that the objects seen before may be gone.
judged contains t if {
	some t in input.summary.backups
	not forgiven(t)
	not t.backup in allowed
}

forgiven(t) if {
	"source_loss" in input.run.allow
	t.recorded > 0
}

allowed contains b.address if {
	some b in input.config.backups
	b.name in input.params.allow_empty
}

subjects contains t.backup if some t in judged

deny contains {"msg": "The scope of this backup plan matches no object, so it protects nothing.", "address": b.address} if {
	some t in judged
	t.matched.objects == 0
	some b in input.config.backups
	b.address == t.backup
	b.scope
}

warn contains {"msg": msg, "address": b.address} if {
	some t in judged
	t.matched.objects > 0
	some i, n in t.by_include
	n == 0
	some b in input.config.backups
	b.address == t.backup
	b.scope.includes[i]
	msg := sprintf("Include block %d of backup plan %q matches no object that an earlier one does not.", [i + 1, b.name])
}

subjects contains t.backup if {
	some t in input.totals.backups
	not t.backup in allowed
}

deny contains {"msg": "The last inventory had no object in the scope of this backup plan.", "address": t.backup} if {
	some t in input.totals.backups
	not t.backup in allowed
	t.listed
	t.matched.objects == 0
}

unknown contains {"msg": "The source of this backup plan was never listed.", "address": t.backup} if {
	some t in input.totals.backups
	not t.backup in allowed
	not t.listed
}
