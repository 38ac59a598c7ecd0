package backstay.control.copy_1_test

import data.backstay.control.copy_1
import data.backstay.fixture

p := {"min_copies": 3}

test_pass_config if {
	count(copy_1.deny) == 0 with input as fixture.intent({}, p)
	copy_1.subjects == {"backup.docs"} with input as fixture.intent({}, p)
}

test_fail_config if {
	some d in copy_1.deny with input as fixture.intent({"copies": [fixture.backup.copies[0]]}, p)
	d.address == "backup.docs"
	contains(d.msg, "1 copy")
}

test_fail_two_copies_at_one_destination if {
	count(copy_1.deny) == 1 with input as fixture.intent({"copies": [fixture.backup.copies[0], fixture.backup.copies[0]]}, p)
}

test_fail_plan if count(copy_1.deny) == 1 with input as fixture.step({"copies_after": 2, "copies_before": 3}, p)

test_pass_plan_thin_coverage_of_today if count(copy_1.deny) == 0 with input as fixture.step({"copies_after": 2, "copies_before": 2}, p)

test_pass_plan if count(copy_1.deny) == 0 with input as fixture.step({}, p)

test_fail_state if count(copy_1.deny) == 1 with input as fixture.standing({"copies": 2, "verified": 1}, p)

test_unknown_state if {
	i := fixture.standing({"copies": 2, "verified": 1, "written": 1}, p)
	count(copy_1.unknown) == 1 with input as i
	count(copy_1.deny) == 0 with input as i
}

test_not_applicable if count(copy_1.subjects) == 0 with input as fixture.step({"action": "copy", "removes": false}, p)
