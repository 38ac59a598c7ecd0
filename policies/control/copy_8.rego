# METADATA
# title: Archiving in place is not a second copy
# description: |
#   Archiving moves an object to a colder tier; it does not multiply it, and counts as none. Other live copies under
#   the same payer keep it in standard storage, so that nothing is saved until they are archived, too.
# scope: package
# custom:
#   id: COPY-8
#   clauses: ["platform guidance on archival", "3-2-1 (CISA data backup guidance)"]
#   phases: [config, plan]
#   severity: mandatory
#   fix: Let copies be made by copy blocks; set all_copies = true where copies in other projects are to move as well.
package backstay.control.copy_8

subjects contains a.address if {
	input.phase == "config"
	some a in input.config.archives
}

warn contains {"msg": msg, "address": a.address} if {
	input.phase == "config"
	some a in input.config.archives
	not a.all_copies
	not a.tier == "live"
	msg := sprintf("Archive %q moves the copies of one project. While another one under the same payer is live, the object stays in standard storage.", [a.name])
}

# An object that a block archives where it is has no copy before or after.
in_place if input.change.reason == "cost_measure"

subjects contains input.change.address if input.change.action == "archive"

deny contains {"msg": "This change archives an object and counts it as one copy more.", "address": input.change.address} if {
	input.change.action == "archive"
	input.change.copies_after > input.change.copies_before
	input.change.before
}

deny contains {"msg": "This change archives an object in place and counts it as one copy more.", "address": input.change.address} if {
	input.change.action == "archive"
	in_place
	input.change.copies_after > input.change.copies_before
}

unknown contains {"msg": "The plan does not say what this change archives.", "address": input.change.address} if {
	input.change.action == "archive"
	not input.change.before
	not in_place
}
