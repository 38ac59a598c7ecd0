package backstay.control.scope_2_test

import data.backstay.control.scope_2
import data.backstay.fixture

p := {"required_classes": ["raw"]}

test_pass if count(scope_2.deny) == 0 with input as fixture.intent({"scope": {"includes": [{"class": "raw"}]}}, p)

test_fail if {
	some d in scope_2.deny with input as fixture.intent({"scope": {"includes": [{"class": "report"}]}}, p)
	d.address == "class raw"
}

test_fail_state if count(scope_2.deny) == 1 with input as fixture.state_totals({"backups": [{"backup": "backup.docs", "listed": true, "by_class": {}}]}, p)

test_pass_state if count(scope_2.deny) == 0 with input as fixture.state_totals({"backups": [{"backup": "backup.docs", "listed": true, "by_class": {"raw": {"objects": 1, "bytes": 1}}}]}, p)

test_unknown if count(scope_2.unknown) == 1 with input as fixture.state_totals({}, p)

test_not_applicable if count(scope_2.subjects) == 0 with input as fixture.intent({}, {"required_classes": []})
