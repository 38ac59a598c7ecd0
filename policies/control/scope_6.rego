# METADATA
# title: Data of others is copied by right
# description: |
#   What others shared into a project is theirs. It is copied only where an agreement gives the right to, and the
#   source says which; data without a right is never copied.
# scope: package
# custom:
#   id: SCOPE-6
#   clauses: ["data use agreements", "platform guidance on backups"]
#   phases: [config, plan]
#   severity: mandatory
#   fix: Write rights = "own" or "licensed" in the source, or leave shared objects out (shared = "exclude").
package backstay.control.scope_6

takes_shared(b) if b.scope.shared == "include"

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
	takes_shared(b)
}

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
	some s in input.config.sources
	s.address == b.source
	s.rights
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	some s in input.config.sources
	s.address == b.source
	s.rights == "none"
	msg := sprintf("Backup plan %q copies %s, which says that there is no right to.", [b.name, s.address])
}

unknown contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	takes_shared(b)
	some s in input.config.sources
	s.address == b.source
	not s.rights
	msg := sprintf("Backup plan %q takes what others shared, and by which right is not written down: write `rights` in %s.", [b.name, s.address])
}

forbidden contains s.name if {
	some s in input.config.sources
	s.rights == "none"
}

brings := {"copy", "recopy", "adopt"}

subjects contains input.change.address if {
	input.change.action in brings
	some s in input.config.sources
	s.name == input.change.object.source
	s.rights
}

deny contains {"msg": "This change would copy data that there is no right to copy.", "address": input.change.address} if {
	input.change.action in brings
	input.change.object.source in forbidden
}
