package backstay.control.ver_2_test

import data.backstay.control.ver_2
import data.backstay.fixture

p := {"scrub_cycle": "365d", "scrub_cycle_days": 365}

scrubs(days) := fixture.intent({"verify": {"scrub": "x", "scrub_days": days}}, p)

test_pass if count(ver_2.deny) == 0 with input as scrubs(365)

test_fail if count(ver_2.deny) == 1 with input as scrubs(366)

test_fail_never if count(ver_2.deny) == 1 with input as fixture.intent({}, p)

test_fail_forever if count(ver_2.deny) == 1 with input as fixture.intent({"verify": {"scrub": "forever"}}, p)

test_pass_state if count(ver_2.deny | ver_2.unknown) == 0 with input as fixture.copied({"verified_days": 365}, p)

test_fail_state if count(ver_2.deny) == 1 with input as fixture.copied({"verified_days": 366}, p)

unread(facts) := json.remove(fixture.copied(object.union({"status": "written"}, facts), p), ["/copy/verified_at", "/copy/verified_days"])

test_pass_new if count(ver_2.deny | ver_2.unknown) == 0 with input as unread({"copied_at": "2026-11-01T00:00:00.000Z", "copied_days": 20})

test_fail_never_read if count(ver_2.deny) == 1 with input as unread({"copied_at": "2025-01-01T00:00:00.000Z", "copied_days": 690})

test_unknown if count(ver_2.unknown) == 1 with input as unread({})

test_not_applicable if count(ver_2.subjects) == 0 with input as fixture.copied({"kind": "directory", "status": "entry"}, p)
