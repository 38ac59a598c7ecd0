package backstay.control.copy_2_test

import data.backstay.control.copy_2
import data.backstay.fixture

p := {"min_media": 2}

disks(ds) := fixture.lists({"backups": [fixture.backup], "destinations": ds}, p)

test_pass if count(copy_2.deny | copy_2.unknown) == 0 with input as fixture.intent({}, p)

test_fail_one_kind if {
	i := disks([fixture.destinations[0], object.union(fixture.destinations[1], {"storage_kind": "disk"})])
	count(copy_2.deny) == 1 with input as i
}

test_unknown_kind if {
	i := disks([fixture.destinations[0], object.remove(fixture.destinations[1], {"storage_kind"})])
	count(copy_2.unknown) == 1 with input as i
	count(copy_2.deny) == 0 with input as i
}

test_fail_state if count(copy_2.deny) == 1 with input as fixture.standing({"storage_kinds": ["disk"]}, p)

test_unknown_state if count(copy_2.unknown) == 1 with input as fixture.standing({"storage_kinds": ["disk"], "written": 1}, p)

test_pass_state if count(copy_2.deny | copy_2.unknown) == 0 with input as fixture.standing({}, p)

test_not_applicable if count(copy_2.subjects) == 0 with input as fixture.standing({"live": false}, p)
