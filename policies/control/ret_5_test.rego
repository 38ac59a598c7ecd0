package backstay.control.ret_5_test

import data.backstay.control.ret_5
import data.backstay.fixture

shorten(approved) := {"shortens": [{"name": "less", "address": "shorten.less", "targets": ["backup.docs"], "reason": "contract over", "approved_by": approved}]}

signed := shorten([{"by": "qa@example.org", "verified": true}])

lowered := {"action": "tag", "removes": false, "term_change": "lowered"}

test_pass_config if count(ret_5.deny | ret_5.unknown) == 0 with input as fixture.lists(signed, {})

test_fail_nobody if count(ret_5.deny) == 1 with input as fixture.lists(shorten([]), {})

test_fail_no_reason if {
	silent := {"shortens": [object.remove(signed.shortens[0], ["reason"])]}
	count(ret_5.deny) == 1 with input as fixture.lists(silent, {})
}

test_unknown_signature if count(ret_5.unknown) == 1 with input as fixture.lists(shorten([{"by": "qa@example.org", "verified": false}]), {})

test_fail_plan if count(ret_5.deny) == 1 with input as fixture.step(lowered, {})

test_pass_plan_signed if count(ret_5.deny) == 0 with input as fixture.stepping(signed, lowered, {})

test_pass_plan_raised if count(ret_5.deny) == 0 with input as fixture.step({"action": "tag", "removes": false, "term_change": "raised"}, {})

test_unknown_plan if {
	i := json.remove(fixture.step(lowered, {}), ["/change/after/retain_until"])
	count(ret_5.unknown) == 1 with input as i
}

test_not_applicable if count(ret_5.subjects) == 0 with input as fixture.step({"term_change": "none", "removes": false}, {})

test_pass_plan_by_source if {
	by_source := {"shortens": [object.union(signed.shortens[0], {"targets": ["source.filesystem.docs"]})]}
	count(ret_5.deny) == 0 with input as fixture.stepping(by_source, lowered, {})
}

test_fail_plan_other_target if {
	other := {"shortens": [object.union(signed.shortens[0], {"targets": ["backup.other"]})]}
	count(ret_5.deny) == 1 with input as fixture.stepping(other, lowered, {})
}
