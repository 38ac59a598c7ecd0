package backstay.control.copy_8_test

import data.backstay.control.copy_8
import data.backstay.fixture

archive(all) := fixture.lists({"archives": [{"name": "old", "address": "archive.old", "source": "source.dnanexus.trial", "all_copies": all}]}, {})

test_pass_config if count(copy_8.deny | copy_8.warn) == 0 with input as archive(true)

test_warn_config if count(copy_8.warn) == 1 with input as archive(false)

in_place(after) := json.remove(fixture.step({"action": "archive", "removes": false, "reason": "cost_measure", "copies_before": 2, "copies_after": after}, {}), ["/change/before"])

test_pass_in_place if count(copy_8.deny | copy_8.unknown) == 0 with input as in_place(2)

test_fail_in_place if count(copy_8.deny) == 1 with input as in_place(3)

test_fail_plan if count(copy_8.deny) == 1 with input as fixture.step({"action": "archive", "removes": false, "copies_before": 2, "copies_after": 3}, {})

test_pass_plan if count(copy_8.deny | copy_8.unknown) == 0 with input as fixture.step({"action": "archive", "removes": false, "copies_before": 3, "copies_after": 3}, {})

test_unknown_plan if {
	i := json.remove(fixture.step({"action": "archive", "removes": false}, {}), ["/change/before"])
	count(copy_8.unknown) == 1 with input as i
}

test_not_applicable if count(copy_8.subjects) == 0 with input as fixture.intent({}, {})
