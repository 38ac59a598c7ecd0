package backstay.control.rto_1_test

import data.backstay.control.rto_1
import data.backstay.fixture

p := {"rto": "72h", "rto_hours": 72, "rate_mbps": 1000}

far := fixture.backup.copies[1]

plan_of(copies) := fixture.intent({"copies": copies}, p)

test_pass_config if count(rto_1.deny | rto_1.unknown) == 0 with input as fixture.intent({}, p)

test_deferred_bytes if count(rto_1.deferred) == 1 with input as fixture.intent({}, p)

test_fail_promise if count(rto_1.deny) == 1 with input as fixture.intent({"objective": {"rto": "80h", "rto_hours": 80}}, p)

test_fail_archive_alone if count(rto_1.deny) == 1 with input as fixture.intent({"objective": {"rto": "8h", "rto_hours": 8}, "copies": [object.union(far, {"tier": "DEEP_ARCHIVE"})]}, p)

test_pass_archive_in_time if count(rto_1.deny | rto_1.unknown) == 0 with input as plan_of([object.union(far, {"archive_after": "30d"})])

test_unknown_tier if count(rto_1.unknown) == 1 with input as plan_of([object.union(far, {"tier": "NO_SUCH"})])

bytes(n) := fixture.plan_totals({"backups": [{"backup": "backup.docs", "matched": {"objects": 1, "bytes": n}}]}, p)

test_pass_plan if count(rto_1.warn) == 0 with input as bytes(1000000000000)

test_fail_plan_only_warns if count(rto_1.warn) == 1 with input as bytes(100000000000000)

archive(copies) := fixture.stepping({"backups": [object.union(fixture.backup, {"copies": copies, "objective": {"rto": "8h", "rto_hours": 8}})]}, {"action": "archive", "removes": false}, p)

test_fail_archives_the_only_one if count(rto_1.deny) == 1 with input as archive([object.union(far, {"archive_after": "30d"})])

test_pass_archives_one_of_two if count(rto_1.deny) == 0 with input as archive([fixture.backup.copies[0], object.union(far, {"archive_after": "30d"})])

tested(facts) := fixture.state_totals({"tests": [object.union({"backup": "backup.docs", "outcome": "pass"}, facts)]}, p)

test_pass_state if count(rto_1.deny | rto_1.unknown) == 0 with input as tested({"hours": 70})

test_fail_state if count(rto_1.deny) == 1 with input as tested({"hours": 73})

test_unknown_state if count(rto_1.unknown) == 1 with input as tested({})

test_pass_attested if {
	i := json.patch(tested({}), [{"op": "replace", "path": "/config/attests", "value": [fixture.attest("restore_time")]}])
	count(rto_1.unknown) == 0 with input as i
}

test_not_applicable if count(rto_1.subjects) == 0 with input as fixture.state_totals({}, p)
