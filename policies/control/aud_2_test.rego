package backstay.control.aud_2_test

import data.backstay.control.aud_2
import data.backstay.fixture

p := {"review_max_age": "365d", "review_max_age_days": 365}

reviewed(days) := fixture.intent({"reviewed": "2026-01-01", "reviewed_days": days}, p)

test_pass if count(aud_2.deny | aud_2.unknown) == 0 with input as reviewed(365)

test_fail if count(aud_2.deny) == 1 with input as reviewed(366)

test_fail_state if count(aud_2.deny) == 1 with input as object.union(reviewed(366), {"phase": "state"})

test_fail_owner if {
	b := object.remove(object.union(fixture.backup, {"reviewed": "2026-01-01", "reviewed_days": 1}), {"owner"})
	count(aud_2.deny) == 1 with input as fixture.lists({"backups": [b]}, p)
}

test_unknown if count(aud_2.unknown) == 1 with input as fixture.intent({}, p)

test_not_applicable if count(aud_2.subjects) == 0 with input as fixture.lists({}, p)
