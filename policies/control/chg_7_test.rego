package backstay.control.chg_7_test

import data.backstay.control.chg_7
import data.backstay.fixture

p := {"max_inventory_age": "24h", "max_inventory_age_hours": 24}

aged(hours) := object.union(fixture.plan_totals({}, p), {"run": {"age_hours": hours}})

test_pass_plan if count(chg_7.deny) == 0 with input as aged(24)

test_fail_plan if count(chg_7.deny) == 1 with input as aged(25)

listed(facts) := fixture.state_totals({"backups": [object.union({"backup": "backup.docs", "listed": true}, facts)]}, p)

test_pass_state if count(chg_7.deny | chg_7.unknown) == 0 with input as listed({"listed_hours": 24})

test_fail_state if count(chg_7.deny) == 1 with input as listed({"listed_hours": 25})

test_unknown if count(chg_7.unknown) == 1 with input as listed({"listed": false})

test_not_applicable if count(chg_7.subjects) == 0 with input as fixture.intent({}, p)
