package backstay.control.ret_6_test

import data.backstay.control.ret_6
import data.backstay.fixture

p := {"keep_last": 1}

gone := {"object": {"live": false}, "remaining": 0}

test_pass_config if count(ret_6.deny) == 0 with input as fixture.intent({}, p)

test_fail_config if count(ret_6.deny) == 1 with input as fixture.intent({"retention": {"keep_last": 0}}, p)

test_pass_plan if count(ret_6.deny) == 0 with input as fixture.step({"remaining": 1}, p)

test_fail_last_of_a_living_object if count(ret_6.deny) == 1 with input as fixture.step({"remaining": 0}, p)

test_pass_last_of_a_dead_object_after_its_term if count(ret_6.deny) == 0 with input as fixture.step(gone, p)

test_fail_last_of_a_dead_object_in_its_term if count(ret_6.deny) == 1 with input as fixture.step(object.union(gone, {"before": {"term_over": false}}), p)

test_pass_erasure if {
	l := {"retires": [{"name": "erase", "address": "retire.erase", "targets": ["backup.docs"], "reason": "Art. 17", "approved_by": [{"by": "dpo@example.org", "verified": true}]}]}
	count(ret_6.deny) == 0 with input as fixture.stepping(l, {"remaining": 0, "reason": "given_up"}, p)
}

test_unknown if {
	i := json.remove(fixture.step({}, p), ["/change/before"])
	count(ret_6.unknown) == 1 with input as i
}

test_not_applicable if count(ret_6.subjects) == 0 with input as fixture.step({"action": "copy", "removes": false}, p)
