# METADATA
# title: Every project is in a backup plan
# description: |
#   Projects are made by people, backup plans by others. A data block asks the platform which projects an account
#   pays for; each of them is read by a backup plan, keeps copies itself, or is left out by name.
# scope: package
# custom:
#   id: SCOPE-8
#   clauses: ["AWS Backup Audit Manager: resources in a plan", "HIPAA 164.308(a)(7)(ii)(E)", "platform guidance on backups"]
#   phases: [state]
#   severity: overridable
#   parameters:
#     exempt_projects: {type: list, default: [], direction: subset, description: "names or ids of projects that need no backup plan"}
#   fix: Add a source and a backup plan for the project, or expand both over the data block with for_each.
package backstay.control.scope_8

exempt(p) if p.name in input.params.exempt_projects

exempt(p) if p.id in input.params.exempt_projects

subjects contains p.id if {
	some p in input.totals.projects
	not p.keeps_copies
	not exempt(p)
}

deny contains {"msg": msg, "address": p.lookup} if {
	some p in input.totals.projects
	not p.protected
	not p.keeps_copies
	not exempt(p)
	msg := sprintf("No backup plan reads project %q (%s, paid by %s).", [p.name, p.id, p.bill_to])
}

unknown contains {"msg": msg, "address": s.address} if {
	count(input.totals.projects) == 0
	some s in input.config.sources
	s.type == "dnanexus"
	msg := sprintf("Which projects there are beside that of %s is not asked: no data block found any.", [s.address])
}
