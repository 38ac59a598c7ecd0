# METADATA
# title: A backup is physically another object
# description: |
#   On a platform that copies by reference a clone is a pointer to the same bytes: it goes when they go. Only a
#   deep copy, an object of its own, counts.
# scope: package
# custom:
#   id: COPY-6
#   clauses: ["platform guidance on backups", "21 CFR 211.68(b)"]
#   phases: [config, plan, state]
#   severity: mandatory
#   fix: Set deep = true, or remove the line.
package backstay.control.copy_6

subjects contains c.address if {
	input.phase == "config"
	some b in input.config.backups
	some c in b.copies
	c.same_system
}

deny contains {"msg": msg, "address": c.address} if {
	input.phase == "config"
	some b in input.config.backups
	some c in b.copies
	c.same_system
	not c.deep
	msg := sprintf("Copy %q would be a reference to the original, not an object of its own: it is lost with it.", [c.name])
}

subjects contains input.change.address if {
	input.change.action in {"copy", "recopy", "adopt"}
	shallow
}

deny contains {"msg": "This change would make a reference and count it as a copy.", "address": input.change.address} if {
	input.change.action in {"copy", "recopy", "adopt"}
	shallow
}

shallow if {
	some b in input.config.backups
	some c in b.copies
	c.same_system
	not c.deep
	b.address == input.change.backup
	c.name == input.change.copy
}

subjects contains input.copy.address if {
	input.copy.source_id
	input.copy.current
}

deny contains {"msg": "This copy has the id of its original: it is the same object.", "address": input.copy.address} if {
	input.copy.current
	input.copy.id == input.copy.source_id
}

unknown contains {"msg": "Nothing tells whether this copy is an object of its own: its id is not on record.", "address": input.copy.address} if {
	input.copy.current
	input.copy.source_id
	not input.copy.id
}
