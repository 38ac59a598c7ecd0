package backstay.control.ret_4_test

import data.backstay.control.ret_4
import data.backstay.fixture

p := {"anchor_wait": "730d", "anchor_wait_days": 730}

from_report(attests) := fixture.lists({"backups": [object.union(fixture.backup, {"retention": {"anchor": "reported"}})], "attests": attests}, p)

test_pass if {
	count(ret_4.deny | ret_4.unknown) == 0 with input as from_report([fixture.attest("reported")])
	count(ret_4.subjects) == 1 with input as from_report([])
}

test_fail_no_date if count(ret_4.deny) == 1 with input as from_report([object.remove(fixture.attest("reported"), {"date"})])

test_unknown_expired if count(ret_4.unknown) == 1 with input as from_report([object.union(fixture.attest("reported"), {"expired": true})])

test_fail_plan if count(ret_4.deny) == 1 with input as fixture.step({"before": {"retain_until": "open"}}, p)

test_pass_plan if count(ret_4.deny | ret_4.unknown) == 0 with input as fixture.step({}, p)

test_pass_given_up if count(ret_4.deny) == 0 with input as fixture.step({"reason": "given_up", "before": {"retain_until": "open"}}, p)

test_unknown_plan if {
	i := json.remove(fixture.step({}, p), ["/change/before/retain_until"])
	count(ret_4.unknown) == 1 with input as i
}

test_pass_state if count(ret_4.warn | ret_4.deny) == 0 with input as fixture.copied({"retain_until": "open", "copied_days": 730}, p)

test_fail_state_waits_long if count(ret_4.warn) == 1 with input as fixture.copied({"retain_until": "open", "copied_days": 731}, p)

test_fail_state_removed if count(ret_4.deny) == 1 with input as fixture.copied({"retain_until": "open", "removed": true}, p)

test_not_applicable if count(ret_4.subjects) == 0 with input as fixture.intent({}, p)
