# METADATA
# title: It can be back in time
# description: |
#   A copy in an archive tier is hours away before its first byte comes. One copy of each backup plan, its tier's
#   retrieval and the transfer of all its bytes together, is back within the recovery time.
# scope: package
# custom:
#   id: RTO-1
#   clauses: ["HIPAA 164.308(a)(7)(ii)(B)", "GDPR Art. 32(1)(c)", "NIST SP 800-53 CP-10", "EU GMP Annex 11 (2011) 16", "AWS Backup Audit Manager: restore time meets target"]
#   phases: [config, plan, state]
#   severity: overridable
#   parameters:
#     rto: {type: term, default: "72h", direction: lower, description: "the longest until all is back"}
#     rate_mbps: {type: number, default: 1000, direction: lower, description: "megabits a second at which copies come back"}
#   fix: Keep one copy in a tier that is at hand, or promise a longer recovery time if that is allowed.
package backstay.control.rto_1

import data.backstay.lib

# The hours until the first byte of a backup plan's fastest copy; a copy whose
# tier may be one of several counts as the slowest of them.
hours(c) := max({t.retrieval_hours | some t in figures(c)}) if count(figures(c)) > 0

figures(c) := lib.tiers_of(c, d) if {
	some d in input.config.destinations
	d.address == c.to
}

fastest[b.address] := min({hours(c) | some c in b.copies}) if {
	some b in input.config.backups
	count({hours(c) | some c in b.copies}) > 0
}

untold[b.address] contains c.name if {
	some b in input.config.backups
	some c in b.copies
	not hours(c)
}

limits[b.address] := min({b.objective.rto_hours, input.params.rto_hours}) if {
	some b in input.config.backups
}

limits[b.address] := input.params.rto_hours if {
	some b in input.config.backups
	not b.objective.rto_hours
}

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	b.objective.rto_hours > input.params.rto_hours
	msg := sprintf("Backup plan %q promises to be back in %s, and %s is the limit.", [b.name, b.objective.rto, input.params.rto])
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	fastest[b.address] > limits[b.address]
	not untold[b.address]
	msg := sprintf("The fastest copy of backup plan %q takes %d hours until its first byte, and %d hours is the limit for all.", [b.name, fastest[b.address], limits[b.address]])
}

in_time(b) if fastest[b.address] <= limits[b.address]

unknown contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not in_time(b)
	some name in untold[b.address]
	msg := sprintf("How long the storage class of copy %q takes until its first byte is not known.", [name])
}

deferred contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	in_time(b)
	msg := sprintf("How many bytes backup plan %q protects is not known yet; plan works out how long they take.", [b.name])
}

# Hours for all bytes of a backup plan at the given rate.
transfer(bytes) := ceil(((bytes * 8) / (input.params.rate_mbps * 1000000)) / 3600)

subjects contains t.backup if some t in input.summary.backups

warn contains {"msg": msg, "address": t.backup} if {
	some t in input.summary.backups
	whole := fastest[t.backup] + transfer(t.matched.bytes)
	whole > limits[t.backup]
	msg := sprintf("Bringing back %d bytes takes about %d hours at %d megabits a second, and %d hours is the limit.", [t.matched.bytes, whole, input.params.rate_mbps, limits[t.backup]])
}

subjects contains input.change.address if input.change.action == "archive"

# Copy blocks that stay fast.
fast[b.address] contains c.name if {
	some b in input.config.backups
	some c in b.copies
	hours(c) <= limits[b.address]
}

deny contains {"msg": msg, "address": input.change.address} if {
	input.change.action == "archive"
	some b in input.config.backups
	b.address == input.change.backup
	not fast[b.address]
	msg := sprintf("This change takes the copy to an archive tier, and no other copy is back within %d hours.", [limits[b.address]])
}

subjects contains t.backup if some t in input.totals.tests

deny contains {"msg": msg, "address": t.backup} if {
	some t in input.totals.tests
	t.hours > limits[t.backup]
	msg := sprintf("By the last restore test all would be back after %d hours, and %d hours is the limit.", [t.hours, limits[t.backup]])
}

unknown contains {"msg": "The last restore test did not measure how long a restore takes.", "address": t.backup} if {
	some t in input.totals.tests
	not t.hours
	not lib.attested("restore_time")
}
