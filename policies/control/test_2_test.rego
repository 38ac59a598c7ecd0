package backstay.control.test_2_test

import data.backstay.control.test_2
import data.backstay.fixture

p := {"test_max_age": "100d", "test_max_age_days": 100, "min_sample": 20}

tested(facts, matched) := fixture.state_totals({
	"backups": [{"backup": "backup.docs", "listed": true, "matched": {"objects": matched, "bytes": matched}}],
	"tests": [object.union({"backup": "backup.docs", "destination": "destination.s3.far", "age_days": 10, "outcome": "pass", "objects": 20, "failed": 0}, facts)],
}, p)

test_pass if count(test_2.deny | test_2.unknown) == 0 with input as tested({}, 1000)

test_pass_all_of_few if count(test_2.deny) == 0 with input as tested({"objects": 3}, 3)

test_fail if {
	some d in test_2.deny with input as tested({"outcome": "fail", "failed": 2}, 1000)
	contains(d.msg, "from destination.s3.far failed: 2 of 20")
}

test_fail_old if count(test_2.deny) == 1 with input as tested({"age_days": 101}, 1000)

test_fail_small if count(test_2.deny) == 1 with input as tested({"objects": 19}, 1000)

test_fail_small_of_an_unlisted_source if {
	i := fixture.state_totals({"backups": [{"backup": "backup.docs", "listed": false}], "tests": [{"backup": "backup.docs", "age_days": 1, "outcome": "pass", "objects": 1, "failed": 0}]}, p)
	count(test_2.deny) == 1 with input as i
}

test_unknown if count(test_2.unknown) == 1 with input as fixture.state_totals({"backups": [{"backup": "backup.docs", "listed": true}]}, p)

test_not_applicable if count(test_2.subjects) == 0 with input as fixture.state_totals({}, p)

removal(tests) := object.union(fixture.step({}, p), {"run": object.union(fixture.step({}, p).run, tests)})

of_far(outcome) := {"backup": "backup.docs", "destination": "destination.s3.far", "age_days": 1, "outcome": outcome, "objects": 20, "failed": 0}

test_pass_plan if count(test_2.deny | test_2.unknown) == 0 with input as removal({"tests": [of_far("pass")]})

test_pass_plan_untested if count(test_2.deny | test_2.unknown) == 0 with input as removal({"tests": []})

test_pass_plan_elsewhere if count(test_2.deny) == 0 with input as removal({"tests": [object.union(of_far("fail"), {"destination": "destination.filesystem.near"})]})

test_fail_plan if count(test_2.deny) == 1 with input as removal({"tests": [of_far("fail")]})

test_fail_plan_without_destination if count(test_2.deny) == 1 with input as removal({"tests": [object.remove(of_far("fail"), {"destination"})]})

test_unknown_plan if count(test_2.unknown) == 1 with input as removal({})

test_not_applicable_plan if {
	i := object.union(removal({}), {"change": object.union(fixture.removal, {"action": "copy", "removes": false})})
	count(test_2.subjects | test_2.unknown) == 0 with input as i
}
