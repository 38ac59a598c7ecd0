# METADATA
# title: One apply removes little
# description: |
#   A mistake in a rule or a moved folder must not remove a tree of copies in one go. Limits on the share, the
#   number and the bytes that one apply retires at a destination are on by default; this control is the brake
#   of that name.
# scope: package
# custom:
#   id: CHG-1
#   clauses: ["NIST SP 800-53 CP-9(7)", "blast radius of one change"]
#   phases: [config, plan]
#   severity: overridable
#   fix: Look at what the plan removes. If it is meant, allow this one run with -allow=retire.
package backstay.control.chg_1

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	b.limits.retire_ratio >= 1
	msg := sprintf("Backup plan %q lets one apply remove every copy: a retire_ratio of 1 or more is no limit.", [b.name])
}

subjects contains d.destination if some d in input.summary.destinations

deny contains {"msg": msg, "address": brake.address, "brake": "retire", "allowed": brake.allowed} if {
	some brake in input.summary.brakes
	brake.name == "retire"
	msg := sprintf("%s This is the brake \"retire\"; -allow=retire lets it pass once.", [brake.message])
}

unknown contains {"msg": msg, "address": d.destination} if {
	some d in input.summary.destinations
	d.retire.objects + d.expire.objects > 0
	d.copies.objects == 0
	msg := "The plan removes copies from a destination of which it does not say how many there are."
}
