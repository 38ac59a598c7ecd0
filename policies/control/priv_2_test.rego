package backstay.control.priv_2_test

import data.backstay.control.priv_2
import data.backstay.fixture

listed := {"personal": true, "erasure": {"max_lag": "90d", "list": "erased.txt"}}

in_phase(phase, attests) := object.union(fixture.lists({"backups": [object.union(fixture.backup, listed)], "attests": attests}, {}), {"phase": phase})

test_deferred if {
	count(priv_2.deferred) == 1 with input as fixture.intent(listed, {})
	count(priv_2.deny) == 0 with input as fixture.intent(listed, {})
}

test_fail if count(priv_2.deny) == 1 with input as fixture.intent({"personal": true}, {})

test_unknown_plan if count(priv_2.unknown) == 1 with input as in_phase("plan", [])

test_unknown_state if count(priv_2.unknown) == 1 with input as in_phase("state", [])

test_pass_attested if count(priv_2.unknown | priv_2.deny) == 0 with input as in_phase("plan", [fixture.attest("erasure_list")])

test_not_applicable if count(priv_2.subjects) == 0 with input as fixture.intent({}, {})
