# METADATA
# title: The old place is emptied only when the new one is verified
# description: |
#   When data moves between stores, a copy that was written and never verified does not justify a removal.
# scope: package
# custom:
#   id: VER-3
#   clauses: ["EU GMP Annex 11 (2011) 4.8", "ICH E6(R3) 4.2.5"]
#   phases: [plan]
#   severity: mandatory
#   fix: Run verify, then plan again.
package backstay.control.ver_3

# Removals after which other copies are said to be there.
relies_on_others if {
	input.change.removes
	input.change.object.live
	input.change.copies_after > 1
}

relies_on_others if {
	input.change.removes
	not input.change.object.live
	input.change.copies_after > 0
}

subjects contains input.change.address if relies_on_others

deny contains {"msg": msg, "address": input.change.address} if {
	relies_on_others
	input.change.remaining < 1
	input.change.before.status != "written"
	msg := sprintf("Other copies of this object were written and never verified; %s is refused until one is.", [input.change.action])
}

unknown contains {"msg": "Neither this copy nor the others were ever verified, so nobody knows which of them is good.", "address": input.change.address} if {
	relies_on_others
	input.change.remaining < 1
	input.change.before.status == "written"
}
