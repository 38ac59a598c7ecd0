# METADATA
# title: What is left out can be made again
# description: |
#   Intermediate results may be left out if they can be made again: from inputs that are protected, by the exact
#   method, which is protected as well. Excludes of class "intermediate", and those that name a method or inputs,
#   are held to it.
# scope: package
# custom:
#   id: SCOPE-3
#   clauses: ["CAP Molecular Pathology checklist, NGS data storage", "platform guidance on backups"]
#   phases: [config, state]
#   severity: overridable
#   parameters:
#     allow_reproducible: {type: boolean, default: true, direction: "false", description: "what can be made again may be left out"}
#   fix: Name inputs and method in the exclude block, and include both in a scope.
package backstay.control.scope_3

import data.backstay.lib

reproducible(x) if x.class == "intermediate"

reproducible(x) if x.method

reproducible(x) if count(x.inputs) > 0

plans contains b.address if {
	some b in input.config.backups
	some x in b.scope.excludes
	reproducible(x)
}

subjects contains a if {
	input.phase == "config"
	some a in plans
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	some x in b.scope.excludes
	reproducible(x)
	not input.params.allow_reproducible
	msg := sprintf("Backup plan %q leaves intermediate results out, which the chosen packs do not allow.", [b.name])
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	some x in b.scope.excludes
	reproducible(x)
	not x.method
	msg := sprintf("An exclude of backup plan %q does not name the method that makes its objects again.", [b.name])
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	some x in b.scope.excludes
	reproducible(x)
	count(x.inputs) == 0
	msg := sprintf("An exclude of backup plan %q does not name the inputs that its objects are made from.", [b.name])
}

covered contains class if {
	some t in input.totals.backups
	some class, n in t.by_class
	n.objects > 0
}

subjects contains a if {
	count(input.totals.backups) >= 0
	some a in plans
}

deny contains {"msg": "Objects are left out as reproducible, and no object of class \"method\" has a verified copy.", "address": a} if {
	some t in input.totals.backups
	t.listed
	some a in plans
	a == t.backup
	not "method" in covered
}

unknown contains {"msg": "Whether the inputs and the method of what is left out are there and verified was not compared, and nobody attests it (fact \"reproducible\").", "address": a} if {
	count(input.totals.backups) >= 0
	some a in plans
	not lib.attested("reproducible")
}
