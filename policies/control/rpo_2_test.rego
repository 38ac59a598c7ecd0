package backstay.control.rpo_2_test

import data.backstay.control.rpo_2
import data.backstay.fixture

p := {"rpo": "24h", "rpo_days": 1, "rpo_hours": 24}

waits(hours) := fixture.plan_totals({"backups": [{"backup": "backup.docs", "matched": {"objects": 1, "bytes": 1}, "waiting_hours": hours}]}, p)

ran(facts) := fixture.state_totals({"backups": [object.union({"backup": "backup.docs", "listed": true}, facts)]}, p)

test_pass_plan if count(rpo_2.warn) == 0 with input as waits(24)

test_fail_plan_only_warns if {
	count(rpo_2.warn) == 1 with input as waits(25)
	count(rpo_2.deny) == 0 with input as waits(25)
}

test_pass_state if count(rpo_2.deny | rpo_2.unknown) == 0 with input as ran({"newest_hours": 3})

test_fail_state if count(rpo_2.deny) == 1 with input as ran({"newest_hours": 30})

test_fail_waiting if count(rpo_2.deny) == 1 with input as ran({"newest_hours": 3, "waiting_hours": 48})

test_unknown if count(rpo_2.unknown) == 1 with input as ran({})

test_not_applicable if count(rpo_2.subjects) == 0 with input as fixture.state_totals({}, p)
