package backstay.control.test_1_test

import data.backstay.control.test_1
import data.backstay.fixture

p := {"test_interval": "90d", "test_interval_days": 90, "test_interval_hours": 2160}

test_pass if count(test_1.deny | test_1.unknown) == 0 with input as fixture.intent({}, p)

test_fail_none if count(test_1.deny) == 1 with input as fixture.lists({"backups": [object.remove(fixture.backup, {"restore_test"})]}, p)

test_fail_too_rare if count(test_1.deny) == 1 with input as fixture.intent({"restore_test": {"every": "91d", "every_days": 91}}, p)

test_unknown if {
	i := json.remove(fixture.intent({}, p), ["/config/backups/0/restore_test/every_days"])
	count(test_1.unknown) == 1 with input as i
}

test_not_applicable if count(test_1.subjects) == 0 with input as fixture.lists({}, p)
