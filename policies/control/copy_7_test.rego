package backstay.control.copy_7_test

import data.backstay.control.copy_7
import data.backstay.fixture

p := {"allow_shared_admin": false}

test_pass_lockdown if count(copy_7.deny | copy_7.unknown) == 0 with input as fixture.world({}, {"lockdown": true}, p)

test_pass_offline if count(copy_7.deny | copy_7.unknown) == 0 with input as fixture.world({}, {"offline": true}, p)

test_pass_nobody if count(copy_7.deny | copy_7.unknown) == 0 with input as fixture.world({}, {"deleters": [], "deleters_known": true}, p)

test_pass_locked if count(copy_7.deny | copy_7.unknown) == 0 with input as fixture.intent({"copies": [object.union(fixture.backup.copies[1], {"lock": {"mode": "compliance"}})]}, p)

test_fail if count(copy_7.deny) == 1 with input as fixture.intent({"copies": [fixture.backup.copies[0]]}, p)

test_unknown if count(copy_7.unknown) == 1 with input as fixture.intent({}, p)

now(i) := object.union(i, {"phase": "state"})

test_pass_state_attested if {
	i := fixture.with_config(now(fixture.intent({}, p)), {"attests": [fixture.attest("separate_reach")]})
	count(copy_7.deny | copy_7.unknown) == 0 with input as i
}

test_pass_state_offline if count(copy_7.unknown) == 0 with input as now(fixture.world({}, {"offline": true}, p))

test_unknown_state if count(copy_7.unknown) == 1 with input as now(fixture.intent({}, p))

test_not_applicable if count(copy_7.subjects | copy_7.unknown) == 0 with input as fixture.intent({}, {"allow_shared_admin": true})
