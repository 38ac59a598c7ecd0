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

now(reach, l) := fixture.with_config(fixture.state_totals({"backups": [{"backup": "backup.docs", "reach": reach}]}, p), l)

near(facts) := object.union({"destination": "destination.filesystem.near"}, facts)

far(facts) := object.union({"destination": "destination.s3.far"}, facts)

test_pass_state if count(copy_7.deny | copy_7.unknown) == 0 with input as now([near({"shared": 2}), far({"shared": 0})], {})

test_fail_state if {
	some d in copy_7.deny with input as now([near({"shared": 2}), far({"shared": 1})], {})
	contains(d.msg, "at every destination")
}

test_unknown_state_untold if count(copy_7.unknown) == 1 with input as now([near({"shared": 2}), far({})], {})

test_unknown_state if count(copy_7.unknown) == 1 with input as now([], {})

test_pass_state_attested if count(copy_7.deny | copy_7.unknown) == 0 with input as now([far({})], {"attests": [fixture.attest("separate_reach")]})

test_pass_state_offline if {
	i := now([near({"shared": 1}), far({"shared": 1})], {"destinations": [fixture.destinations[0], fixture.far({"offline": true})]})
	count(copy_7.deny | copy_7.unknown) == 0 with input as i
}

test_not_applicable if count(copy_7.subjects | copy_7.unknown) == 0 with input as fixture.intent({}, {"allow_shared_admin": true})

lowers(destination, l) := fixture.stepping(object.union({"backups": [fixture.backup]}, l), {"action": "lock", "removes": false, "lock_change": "lowered", "destination": destination}, p)

test_pass_plan if count(copy_7.deny | copy_7.unknown) == 0 with input as lowers("destination.s3.far", {"destinations": [fixture.destinations[0], fixture.far({"lockdown": true})]})

test_fail_plan if count(copy_7.deny) == 1 with input as lowers("destination.filesystem.near", {})

test_unknown_plan if count(copy_7.unknown) == 1 with input as lowers("destination.s3.far", {})

# A source elsewhere does not share the folder's machine.
test_unknown_plan_other_system if {
	b := object.union(fixture.backup, {"copies": [object.union(fixture.backup.copies[0], {"same_system": false})]})
	count(copy_7.unknown) == 1 with input as lowers("destination.filesystem.near", {"backups": [b]})
}

test_not_applicable_plan if count(copy_7.subjects | copy_7.unknown) == 0 with input as fixture.step({}, p)
