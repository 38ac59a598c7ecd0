package backstay.control.chg_3_test

import data.backstay.control.chg_3
import data.backstay.fixture

p := {"max_plan_age": "24h", "max_plan_age_days": 1, "max_plan_age_hours": 24}

applying(facts) := object.union(fixture.plan_totals({}, p), {"run": object.union({"apply": true}, facts)})

test_pass if count(chg_3.deny | chg_3.unknown) == 0 with input as applying({})

test_fail_config if count(chg_3.deny) == 1 with input as applying({"config_bound": false})

test_fail_policy if count(chg_3.deny) == 1 with input as applying({"policy_bound": false})

test_fail_state if count(chg_3.deny) == 1 with input as applying({"state_bound": false})

test_fail_old if count(chg_3.deny) == 1 with input as applying({"age_hours": 25})

test_unknown if count(chg_3.unknown) == 1 with input as applying({"max_age_hours": 0})

test_fail_runs if count(chg_3.deny) == 1 with input as fixture.state_totals({"runs": {"known": 3, "without_digests": 1}}, p)

test_not_applicable if count(chg_3.subjects) == 0 with input as fixture.plan_totals({}, p)
