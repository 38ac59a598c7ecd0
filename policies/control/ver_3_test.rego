package backstay.control.ver_3_test

import data.backstay.control.ver_3
import data.backstay.fixture

test_pass if count(ver_3.deny | ver_3.unknown) == 0 with input as fixture.step({"remaining": 1}, {})

test_fail if count(ver_3.deny) == 1 with input as fixture.step({"remaining": 0, "copies_after": 3}, {})

test_fail_source_gone if count(ver_3.deny) == 1 with input as fixture.step({"remaining": 0, "copies_after": 1, "object": {"live": false}}, {})

test_unknown if count(ver_3.unknown) == 1 with input as fixture.step({"remaining": 0, "copies_after": 3, "before": {"status": "written"}}, {})

test_not_applicable_no_other_copy if count(ver_3.subjects) == 0 with input as fixture.step({"copies_after": 1}, {})
