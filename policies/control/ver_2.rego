# METADATA
# title: Copies are read again in a cycle
# description: |
#   Media decay in silence. Every copy is read again within a cycle and compared with its digest.
# scope: package
# custom:
#   id: VER-2
#   clauses: ["NIST SP 800-53 CP-9(1)", "EU GMP Annex 11 (2011) 17"]
#   phases: [config, state]
#   severity: overridable
#   parameters:
#     scrub_cycle: {type: term, default: "365d", direction: lower, description: "time in which every copy is read again"}
#   fix: Write scrub = "365d" in the verify block, and run verify or apply on a schedule.
package backstay.control.ver_2

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not b.verify.scrub
	msg := sprintf("Backup plan %q has no scrub: a copy that was verified once is never read again.", [b.name])
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	b.verify.scrub
	not in_cycle(b.verify)
	msg := sprintf("Backup plan %q reads its copies again every %s, and %s is the limit.", [b.name, b.verify.scrub, input.params.scrub_cycle])
}

in_cycle(v) if v.scrub_days <= input.params.scrub_cycle_days

judged if {
	input.copy.current
	input.copy.kind == "file"
	input.copy.status in {"written", "verified"}
}

subjects contains input.copy.address if judged

deny contains {"msg": msg, "address": input.copy.address} if {
	judged
	input.copy.verified_days > input.params.scrub_cycle_days
	msg := sprintf("This copy was last read %d days ago, and %s is the cycle.", [input.copy.verified_days, input.params.scrub_cycle])
}

deny contains {"msg": msg, "address": input.copy.address} if {
	judged
	not input.copy.verified_at
	input.copy.copied_days > input.params.scrub_cycle_days
	msg := sprintf("This copy was made %d days ago and never read again; %s is the cycle.", [input.copy.copied_days, input.params.scrub_cycle])
}

unknown contains {"msg": "When this copy was made or last read is not on record.", "address": input.copy.address} if {
	judged
	not input.copy.verified_at
	not input.copy.copied_at
}
