# METADATA
# title: Named classes are always in
# description: |
#   Sequencer output, final results, own apps and pipelines: the classes that a pack requires are in a scope, and
#   have copies.
# scope: package
# custom:
#   id: SCOPE-2
#   clauses: ["NIST SP 800-53 CP-9(a)-(c)", "platform guidance on backups"]
#   phases: [config, state]
#   severity: mandatory
#   parameters:
#     required_classes: {type: list, default: [], direction: superset, description: "classes that some scope must include"}
#   fix: Give the include blocks of a scope a class, and add those that are missing.
package backstay.control.scope_2

included contains s.class if {
	some b in input.config.backups
	some s in b.scope.includes
}

subjects contains sprintf("class %s", [class]) if {
	input.phase == "config"
	some class in input.params.required_classes
}

deny contains {"msg": msg, "address": sprintf("class %s", [class])} if {
	input.phase == "config"
	some class in input.params.required_classes
	not class in included
	msg := sprintf("No scope includes the class %q.", [class])
}

listed if {
	some t in input.totals.backups
	t.listed
}

covered contains class if {
	some t in input.totals.backups
	some class, n in t.by_class
	n.objects > 0
}

subjects contains sprintf("class %s", [class]) if {
	listed
	some class in input.params.required_classes
}

deny contains {"msg": msg, "address": sprintf("class %s", [class])} if {
	listed
	some class in input.params.required_classes
	not class in covered
	msg := sprintf("No object of class %q has a verified copy.", [class])
}

unknown contains {"msg": msg, "address": sprintf("class %s", [class])} if {
	count(input.totals.backups) >= 0
	not listed
	some class in input.params.required_classes
	msg := sprintf("No source was ever listed, so nobody knows whether class %q is protected.", [class])
}
