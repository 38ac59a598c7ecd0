package backstay.control.ret_8_test

import data.backstay.control.ret_8
import data.backstay.fixture

given_up(approved) := fixture.stepping({"backups": [fixture.backup], "retires": [{"name": "r", "address": "retire.r", "targets": ["backup.docs"], "reason": "erasure", "approved_by": approved}]}, {"reason": "given_up"}, {})

test_pass if count(ret_8.deny | ret_8.unknown) == 0 with input as fixture.step({}, {})

test_pass_given_up if count(ret_8.deny) == 0 with input as given_up([{"by": "qa@example.org", "verified": true}])

test_fail_given_up if count(ret_8.deny) == 1 with input as given_up([{"by": "qa@example.org", "verified": false}])

test_fail_no_rule if count(ret_8.deny) == 1 with input as fixture.step({"reason": "source_gone"}, {})

test_unknown if {
	i := json.remove(fixture.step({}, {}), ["/change/before"])
	count(ret_8.unknown) == 1 with input as i
}

tomb := {"removed": true, "copied_at": "2019-01-01T00:00:00.000Z"}

test_pass_state if count(ret_8.deny | ret_8.unknown) == 0 with input as fixture.copied(tomb, {})

test_fail_state if {
	i := json.remove(fixture.copied(tomb, {}), ["/copy/retain_until"])
	count(ret_8.deny) == 1 with input as i
}

test_unknown_state if count(ret_8.unknown) == 1 with input as fixture.copied({"removed": true}, {})

test_not_applicable if count(ret_8.subjects) == 0 with input as fixture.copied({}, {})
