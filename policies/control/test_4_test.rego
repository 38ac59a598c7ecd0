package backstay.control.test_4_test

import data.backstay.control.test_4
import data.backstay.fixture

target(t) := fixture.intent({"restore_test": {"target": t}}, {})

test_pass if count(test_4.deny | test_4.unknown) == 0 with input as target("/tests")

test_pass_temporary if count(test_4.deny) == 0 with input as fixture.intent({}, {})

test_pass_neighbour if count(test_4.deny) == 0 with input as target("/docs2")

test_fail_source if count(test_4.deny) == 1 with input as target("/docs")

test_fail_below_source if count(test_4.deny) == 1 with input as target("/docs/sub/")

test_unknown if {
	i := json.remove(target("/tests"), ["/config/sources/0/options/path"])
	count(test_4.unknown) == 1 with input as i
}

test_fail_state if count(test_4.deny) == 1 with input as fixture.state_totals({"tests": [{"backup": "backup.docs", "over_source": true}]}, {})

test_fail_leftovers if {
	count(test_4.warn) == 1 with input as fixture.state_totals({"tests": [{"backup": "backup.docs", "leftovers": 1}]}, {})
}

test_pass_no_leftovers if {
	count(test_4.warn) == 0 with input as fixture.state_totals({"tests": [{"backup": "backup.docs", "leftovers": 0}]}, {})
}

test_not_applicable if count(test_4.subjects) == 0 with input as fixture.lists({}, {})
