package backstay.control.ret_3_test

import data.backstay.control.ret_3
import data.backstay.fixture

p := {"grace": "90d", "grace_days": 90}

keeps := {"keep_max": "10y", "keep_max_days": 3660}

test_pass if count(ret_3.deny | ret_3.unknown) == 0 with input as fixture.intent({"personal": true, "retention": keeps}, p)

test_fail_no_ceiling if count(ret_3.deny) == 1 with input as fixture.intent({"personal": true}, p)

test_fail_personal_source if {
	i := fixture.world({"personal": true}, {}, p)
	count(ret_3.deny) == 1 with input as i
}

test_fail_above_limit if count(ret_3.deny) == 1 with input as fixture.intent({"personal": true, "retention": keeps}, object.union(p, {"max_keep": "1y", "max_keep_days": 366}))

test_fail_forever if count(ret_3.deny) == 1 with input as fixture.intent({"personal": true, "retention": {"keep_max": "forever"}}, object.union(p, {"max_keep": "1y", "max_keep_days": 366}))

test_fail_floor_above_ceiling if {
	some d in ret_3.deny with input as fixture.intent({"personal": true, "regimes": ["gcp_eu"], "retention": keeps}, p)
	contains(d.msg, "536/2014")
	contains(d.msg, "GDPR Art. 5(1)(e)")
}

test_fail_floor_of_forever if count(ret_3.deny) >= 1 with input as fixture.intent({"personal": true, "regimes": ["acmg"], "retention": keeps}, p)

test_unknown if count(ret_3.unknown) == 1 with input as fixture.intent({"regimes": ["gdpr"]}, p)

test_not_applicable_told_not_personal if {
	i := fixture.intent({"regimes": ["gdpr"], "personal": false}, p)
	count(ret_3.unknown | ret_3.subjects) == 0 with input as i
}

old(days) := fixture.copying({"personal": true, "retention": {"keep_max": "1y", "keep_max_days": 366}}, {"copied_days": days}, p)

test_pass_state if count(ret_3.deny | ret_3.unknown) == 0 with input as old(456)

test_fail_state if count(ret_3.deny) == 1 with input as old(457)

test_unknown_state if {
	i := json.remove(old(1), ["/copy/copied_days"])
	count(ret_3.unknown) == 1 with input as i
}

test_not_applicable if count(ret_3.subjects) == 0 with input as fixture.intent({}, p)
