package backstay.control.rpo_1_test

import data.backstay.control.rpo_1
import data.backstay.fixture

p := {"rpo_data_hours": 24, "rpo_method_hours": 168, "rpo_intermediate_hours": 720}

runs(hours, class) := fixture.intent({"every": sprintf("%dh", [hours]), "every_hours": hours, "objective": {"rpo": "90d", "rpo_hours": 2160}, "scope": {"includes": [{"class": class}]}}, p)

test_pass if count(rpo_1.deny | rpo_1.unknown) == 0 with input as runs(24, "raw")

test_pass_method if count(rpo_1.deny) == 0 with input as runs(168, "method")

test_fail_class if count(rpo_1.deny) == 1 with input as runs(25, "raw")

test_fail_method if count(rpo_1.deny) == 1 with input as runs(169, "method")

test_fail_intermediate if count(rpo_1.deny) == 1 with input as runs(721, "intermediate")

test_fail_promise if count(rpo_1.deny) == 1 with input as fixture.intent({"every": "48h", "every_hours": 48}, p)

test_unknown if count(rpo_1.unknown) == 1 with input as fixture.intent({}, p)

test_not_applicable if count(rpo_1.subjects) == 0 with input as fixture.lists({}, p)
