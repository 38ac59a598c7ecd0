package backstay.control.scope_1_test

import data.backstay.control.scope_1
import data.backstay.fixture

p := {"max_uncovered_ratio": 0}

exclude(x) := fixture.intent({"scope": {"excludes": [x]}}, p)

source(ratio) := [{"source": "docs", "address": "source.filesystem.docs", "uncovered": {"objects": 3, "bytes": 3}, "uncovered_ratio": ratio}]

test_pass_config if count(scope_1.deny) == 0 with input as exclude({"names": ["*.tmp"], "reason": "scratch", "owner": "me@example.org"})

test_fail_no_reason if count(scope_1.deny) == 1 with input as exclude({"names": ["*.tmp"], "owner": "me@example.org"})

test_fail_no_owner if count(scope_1.deny) == 1 with input as exclude({"names": ["*.tmp"], "reason": "scratch"})

test_fail_plan_only_warns if count(scope_1.warn) == 1 with input as fixture.plan_totals({"sources": source(0.1)}, p)

test_pass_plan if count(scope_1.warn) == 0 with input as fixture.plan_totals({"sources": source(0)}, p)

test_fail_state if count(scope_1.deny) == 1 with input as fixture.state_totals({"sources": source(0.1)}, p)

test_unknown if count(scope_1.unknown) == 1 with input as fixture.state_totals({"backups": [{"backup": "backup.docs", "listed": false}]}, p)

test_not_applicable if count(scope_1.subjects) == 0 with input as fixture.state_totals({}, p)
