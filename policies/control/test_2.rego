# METADATA
# title: The last restore test passed and is recent
# description: |
#   What counts is not that tests are planned but that the last one brought back what it should: enough objects,
#   none damaged, not long ago. Until a destination's failed test is followed by one that passes, no copy there is
#   removed: the others may be as bad.
# scope: package
# custom:
#   id: TEST-2
#   clauses: ["HIPAA 164.308(a)(7)(ii)(D)", "EU GMP Annex 11 (2011) 7.2", "NIST SP 800-53 CP-4", "NIST SP 800-53 CP-9(1)", "SOC 2 A1.3", "CIS v8 11.5", "GDPR Art. 32(1)(d)"]
#   phases: [plan, state]
#   severity: overridable
#   parameters:
#     test_max_age: {type: term, default: "100d", direction: lower, description: "age of the last test"}
#     min_sample: {type: number, default: 20, direction: higher, description: "objects that a test brings back; all, where there are fewer"}
#   fix: Run drill, or restore with a check, and look at what failed.
package backstay.control.test_2

subjects contains t.backup if some t in input.totals.tests

deny contains {"msg": msg, "address": t.backup} if {
	some t in input.totals.tests
	t.outcome == "fail"
	msg := sprintf("The last restore test%s failed: %d of %d objects did not come back as they were.", [from(t), t.failed, t.objects])
}

deny contains {"msg": msg, "address": t.backup} if {
	some t in input.totals.tests
	t.age_days > input.params.test_max_age_days
	msg := sprintf("The last restore test%s was %d days ago, and %s is the limit.", [from(t), t.age_days, input.params.test_max_age])
}

deny contains {"msg": msg, "address": t.backup} if {
	some t in input.totals.tests
	t.outcome == "pass"
	t.objects < sample(t.backup)
	msg := sprintf("The last restore test%s brought back %d objects, and %d are asked for.", [from(t), t.objects, sample(t.backup)])
}

from(t) := sprintf(" from %s", [t.destination])

from(t) := "" if not t.destination

# A backup plan with fewer objects than the sample tests them all.
sample(backup) := min([input.params.min_sample, b.matched.objects]) if {
	some b in input.totals.backups
	b.backup == backup
	b.listed
}

sample(backup) := input.params.min_sample if not backup in listed

listed contains b.backup if {
	some b in input.totals.backups
	b.listed
}

tested contains t.backup if some t in input.totals.tests

unknown contains {"msg": "No restore test of this backup plan is on record.", "address": b.backup} if {
	some b in input.totals.backups
	not b.backup in tested
}

subjects contains input.change.address if input.change.removes

# Destinations whose last test of some backup plan failed.
failed contains t.destination if {
	some t in input.run.tests
	t.outcome == "fail"
}

# Backup plans with a failed test that names no destination.
failed_plans contains t.backup if {
	some t in input.run.tests
	t.outcome == "fail"
	not t.destination
}

deny contains {"msg": "This change removes a copy from a destination whose last restore test failed: what is left there may not come back either.", "address": input.change.address} if {
	input.change.removes
	input.change.destination in failed
}

deny contains {"msg": "This change removes a copy of a backup plan whose last restore test failed: what is left may not come back either.", "address": input.change.address} if {
	input.change.removes
	input.change.backup in failed_plans
}

unknown contains {"msg": "Past restore tests were not read, so that nobody knows whether what is left would come back.", "address": input.change.address} if {
	input.change.removes
	not input.run.tests
}
