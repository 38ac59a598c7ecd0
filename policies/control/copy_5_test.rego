package backstay.control.copy_5_test

import data.backstay.control.copy_5
import data.backstay.fixture

p := {"max_verify_age": "90d", "max_verify_age_days": 90}

test_pass_config if count(copy_5.deny) == 0 with input as fixture.intent({}, p)

test_fail_config if {
	b := object.remove(fixture.backup, {"verify"})
	count(copy_5.deny) == 1 with input as fixture.lists({"backups": [b]}, p)
}

test_fail_plan if count(copy_5.deny) == 1 with input as fixture.step({"action": "archive", "removes": false, "before": {"status": "damaged"}}, p)

test_pass_plan if count(copy_5.deny) == 0 with input as fixture.step({"action": "archive", "removes": false}, p)

test_pass_state if count(copy_5.deny | copy_5.unknown) == 0 with input as fixture.copied({}, p)

test_fail_damaged if count(copy_5.deny) == 1 with input as fixture.copied({"status": "damaged"}, p)

test_fail_old_verification if {
	some d in copy_5.deny with input as fixture.copied({"verified_days": 91}, p)
	d.evidence.verified_at == "2026-11-01T00:00:00.000Z"
}

test_pass_replaced if count(copy_5.deny) == 0 with input as fixture.copied({"status": "damaged", "replaced": true}, p)

test_unknown_never_verified if count(copy_5.unknown) == 1 with input as fixture.copied({"status": "written"}, p)

test_not_applicable_entry if count(copy_5.subjects) == 0 with input as fixture.copied({"status": "entry", "kind": "directory"}, p)
