package backstay.control.scope_5_test

import data.backstay.control.scope_5
import data.backstay.fixture

p := {"allow_empty": []}

matched(n, recorded) := fixture.plan_totals({"backups": [{"backup": "backup.docs", "matched": {"objects": n, "bytes": n}, "recorded": recorded, "by_include": []}]}, p)

test_pass_config if count(scope_5.deny) == 0 with input as fixture.intent({}, p)

test_fail_config if count(scope_5.deny) == 1 with input as fixture.intent({"scope": {"includes": [{"larger_than": 10, "smaller_than": 5}]}}, p)

test_pass_plan if count(scope_5.deny) == 0 with input as matched(1, 0)

test_fail_plan if count(scope_5.deny) == 1 with input as matched(0, 0)

included(counts) := object.union(
	fixture.intent({"scope": {"includes": [{"paths": ["/a/**"]}, {"paths": ["/b/**"]}]}}, p),
	object.remove(fixture.plan_totals({"backups": [{"backup": "backup.docs", "matched": {"objects": 3, "bytes": 3}, "recorded": 0, "by_include": counts}]}, p), ["config"]),
)

test_fail_include_without_object if count(scope_5.warn) == 1 with input as included([3, 0])

test_pass_every_include if count(scope_5.warn) == 0 with input as included([2, 1])

test_not_applicable_source_loss_allowed if {
	i := object.union(matched(0, 5), {"run": {"allow": ["source_loss"]}})
	count(scope_5.subjects | scope_5.deny) == 0 with input as i
}

test_fail_source_loss_allowed_for_nothing_seen if {
	i := object.union(matched(0, 0), {"run": {"allow": ["source_loss"]}})
	count(scope_5.deny) == 1 with input as i
}

test_not_applicable_may_be_empty if {
	i := object.union(matched(0, 0), {"params": {"allow_empty": ["docs"]}})
	count(scope_5.subjects | scope_5.deny) == 0 with input as i
}

test_fail_state if count(scope_5.deny) == 1 with input as fixture.state_totals({"backups": [{"backup": "backup.docs", "listed": true, "matched": {"objects": 0, "bytes": 0}}]}, p)

test_unknown if count(scope_5.unknown) == 1 with input as fixture.state_totals({"backups": [{"backup": "backup.docs", "listed": false}]}, p)
