# METADATA
# title: Archiving in place is not a second copy
# description: |
#   Archiving moves an object to a colder tier; it does not multiply it. It saves money once every copy exists,
#   and counts as none.
# scope: package
# custom:
#   id: COPY-8
#   clauses: ["platform guidance on archival", "3-2-1 (CISA data backup guidance)"]
#   phases: [config, plan]
#   severity: mandatory
#   fix: Set after_all_copies = true, and let copies be made by copy blocks.
package backstay.control.copy_8

subjects contains a.address if {
	input.phase == "config"
	some a in input.config.archives
}

deny contains {"msg": msg, "address": a.address} if {
	input.phase == "config"
	some a in input.config.archives
	not a.all_copies
	msg := sprintf("Archive %q moves objects before all of their copies exist. While an object is archived nothing can be copied from it.", [a.name])
}

subjects contains input.change.address if input.change.action == "archive"

deny contains {"msg": "This change archives an object and counts it as one copy more.", "address": input.change.address} if {
	input.change.action == "archive"
	input.change.copies_after > input.change.copies_before
	input.change.before
}

unknown contains {"msg": "The plan does not say what this change archives.", "address": input.change.address} if {
	input.change.action == "archive"
	not input.change.before
}
