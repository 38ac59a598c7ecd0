package backstay.control.chg_2_test

import data.backstay.control.chg_2
import data.backstay.fixture

old := {"destination": "destination.s3.old"}

test_pass if count(chg_2.deny | chg_2.unknown) == 0 with input as fixture.step(old, {})

test_fail if count(chg_2.deny) == 1 with input as fixture.step(object.union(old, {"remaining": 0}), {})

test_pass_not_needed if count(chg_2.deny) == 0 with input as fixture.step(object.union(old, {"remaining": 0, "object": {"live": false}}), {})

test_unknown if {
	i := json.remove(fixture.step(old, {}), ["/change/before"])
	count(chg_2.unknown) == 1 with input as i
}

test_not_applicable if count(chg_2.subjects) == 0 with input as fixture.step({}, {})
