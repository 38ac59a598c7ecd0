# METADATA
# title: Three copies, the original included
# description: |
#   One copy is lost with its disk, two with a fire that reaches both. Three copies, the working one
#   included, are the first figure of 3-2-1. A copy counts once its digest was verified.
# scope: package
# custom:
#   id: COPY-1
#   clauses: ["3-2-1 (CISA data backup guidance)", "GDPR Art. 32(1)(c)"]
#   phases: [config, plan, state]
#   severity: overridable
#   parameters:
#     min_copies: {type: number, default: 3, direction: higher, description: "copies, the original included"}
#   fix: Add a copy block to the backup plan, to a destination of its own.
package backstay.control.copy_1

import data.backstay.lib

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	places := {c.to | some c in b.copies}
	count(places) + 1 < input.params.min_copies
	msg := sprintf(
		"Backup plan %q makes %s and the original: that is %d, and %d are asked for. If one is lost while another is damaged, nothing is left.",
		[b.name, lib.noun(count(places), "copy", "copies"), count(places) + 1, input.params.min_copies],
	)
}

# A change may leave fewer copies than are asked for only if it does not take
# one away.
subjects contains input.change.address if {
	input.change.removes
	input.change.object.live
}

deny contains {"msg": msg, "address": input.change.address} if {
	input.change.removes
	input.change.object.live
	input.change.copies_after < input.params.min_copies
	input.change.copies_after < input.change.copies_before
	msg := sprintf(
		"The plan would leave %s of an object that lives, and %d are asked for; today there are %d.",
		[lib.noun(input.change.copies_after, "copy", "copies"), input.params.min_copies, input.change.copies_before],
	)
}

subjects contains input.object.address if input.object.live

deny contains {"msg": msg, "address": input.object.address, "evidence": evidence} if {
	input.object.live
	input.object.copies + input.object.written < input.params.min_copies
	evidence := {"verified": input.object.verified, "destinations": input.object.destinations}
	msg := sprintf("%s of this object exist, the original included; %d are asked for.", [lib.noun(input.object.copies, "verified copy", "verified copies"), input.params.min_copies])
}

unknown contains {"msg": msg, "address": input.object.address} if {
	input.object.live
	input.object.copies < input.params.min_copies
	input.object.copies + input.object.written >= input.params.min_copies
	msg := sprintf("%s were written and never verified, so nobody knows whether %d exist. Run verify.", [lib.noun(input.object.written, "copy", "copies"), input.params.min_copies])
}
