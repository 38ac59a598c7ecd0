package backstay.control.aud_4_test

import data.backstay.control.aud_4
import data.backstay.fixture

p := {"missed_max": 1}

daily := {"every": "24h", "every_hours": 24, "alert": {"to": ["ops@example.org"]}}

test_pass if count(aud_4.deny) == 0 with input as fixture.intent(daily, p)

test_fail if count(aud_4.deny) == 1 with input as fixture.intent({}, p)

ran(facts) := fixture.with_config(
	fixture.state_totals({"backups": [object.union({"backup": "backup.docs", "listed": true}, facts)]}, p),
	{"backups": [object.union(fixture.backup, daily)]},
)

test_pass_state if count(aud_4.deny | aud_4.unknown) == 0 with input as ran({"newest_hours": 48})

test_fail_state if {
	some d in aud_4.deny with input as ran({"newest_hours": 49})
	contains(d.msg, "2 runs were missed")
}

test_unknown if count(aud_4.unknown) == 1 with input as ran({})

test_unknown_interval if count(aud_4.unknown) == 1 with input as fixture.state_totals({"backups": [{"backup": "backup.docs", "listed": true, "newest_hours": 1}]}, p)

test_not_applicable if count(aud_4.subjects) == 0 with input as fixture.lists({}, p)
