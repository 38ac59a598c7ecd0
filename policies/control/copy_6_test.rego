package backstay.control.copy_6_test

import data.backstay.control.copy_6
import data.backstay.fixture

clone := object.union(fixture.backup.copies[0], {"deep": false})

test_pass if {
	count(copy_6.deny) == 0 with input as fixture.intent({}, {})
	copy_6.subjects == {"backup.docs.copy.near"} with input as fixture.intent({}, {})
}

test_fail_config if {
	some d in copy_6.deny with input as fixture.intent({"copies": [clone]}, {})
	d.address == "backup.docs.copy.near"
}

test_fail_plan if {
	l := {"backups": [object.union(fixture.backup, {"copies": [clone]})]}
	count(copy_6.deny) == 1 with input as fixture.stepping(l, {"action": "copy", "removes": false, "copy": "near"}, {})
}

test_pass_plan if count(copy_6.deny) == 0 with input as fixture.step({"action": "copy", "removes": false, "copy": "near"}, {})

test_fail_state_same_id if count(copy_6.deny) == 1 with input as fixture.copied({"id": "file-1", "source_id": "file-1"}, {})

test_pass_state if count(copy_6.deny | copy_6.unknown) == 0 with input as fixture.copied({"id": "file-2", "source_id": "file-1"}, {})

test_unknown_state_no_id if count(copy_6.unknown) == 1 with input as fixture.copied({"source_id": "file-1"}, {})

test_not_applicable if count(copy_6.subjects) == 0 with input as fixture.copied({}, {})
