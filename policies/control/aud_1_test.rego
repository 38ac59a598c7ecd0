package backstay.control.aud_1_test

import data.backstay.control.aud_1
import data.backstay.fixture

chain(facts) := fixture.state_totals({"audit": facts}, {})

test_pass if count(aud_1.deny | aud_1.deferred) == 0 with input as fixture.intent({}, {})

test_fail_all_near if count(aud_1.deny) == 1 with input as fixture.intent({"copies": [fixture.backup.copies[0]]}, {})

test_deferred if count(aud_1.deferred) == 1 with input as fixture.intent({"copies": [object.remove(fixture.backup.copies[1], {"off_site"})]}, {})

test_pass_state if count(aud_1.deny | aud_1.unknown) == 0 with input as chain({"checked": true, "intact": true})

test_fail_state if {
	some d in aud_1.deny with input as chain({"checked": true, "intact": false, "detail": "entry 7 is missing."})
	contains(d.msg, "entry 7")
}

test_unknown if count(aud_1.unknown) == 1 with input as chain({})

test_not_applicable if count(aud_1.subjects) == 0 with input as fixture.lists({}, {})
