package backstay.control.ver_1_test

import data.backstay.control.ver_1
import data.backstay.fixture

p := {"algorithms": ["sha256", "blake3"], "max_unverified_bytes": 0}

adopts := {"action": "adopt", "removes": false}

test_pass_config if count(ver_1.deny) == 0 with input as fixture.intent({}, p)

test_fail_config if count(ver_1.deny) == 1 with input as fixture.intent({"verify": {"algorithm": "blake3"}}, {"algorithms": ["sha256"], "max_unverified_bytes": 0})

test_pass_plan if count(ver_1.deny) == 0 with input as fixture.step(adopts, p)

test_fail_plan if {
	i := json.remove(fixture.step(adopts, p), ["/change/before/digest", "/change/after/digest"])
	count(ver_1.deny) == 1 with input as i
}

test_pass_state if count(ver_1.deny | ver_1.unknown) == 0 with input as fixture.copied({}, p)

test_fail_state if {
	i := json.remove(fixture.copied({}, p), ["/copy/digest"])
	count(ver_1.deny) == 1 with input as i
}

test_unknown if count(ver_1.unknown) == 1 with input as fixture.copied({"status": "written"}, p)

test_not_applicable if count(ver_1.subjects) == 0 with input as fixture.copied({"kind": "directory", "status": "entry"}, p)
