package backstay.control.priv_1_test

import data.backstay.control.priv_1
import data.backstay.fixture

p := {"erasure_lag": "90d", "erasure_lag_days": 90}

lag(days) := {"personal": true, "erasure": {"max_lag": "x", "max_lag_days": days}}

locked(days) := object.union(lag(90), {"copies": [object.union(fixture.backup.copies[1], {"lock": {"mode": "compliance", "for": "x", "for_days": days}})]})

test_pass if count(priv_1.deny) == 0 with input as fixture.intent(locked(90), p)

test_fail if count(priv_1.deny) == 1 with input as fixture.intent({"personal": true}, p)

test_fail_slow if count(priv_1.deny) == 1 with input as fixture.intent(lag(91), p)

test_fail_locked if count(priv_1.deny) == 1 with input as fixture.intent(locked(91), p)

test_pass_ground if {
	i := fixture.lists({"backups": [object.union(fixture.backup, locked(366))], "attests": [fixture.attest("erasure_ground")]}, p)
	count(priv_1.deny) == 0 with input as i
}

stands(totals, attests) := stands_with({"list": "erased.txt"}, totals, attests)

stands_with(more, totals, attests) := fixture.with_config(fixture.state_totals(totals, p), {
	"backups": [object.union(fixture.backup, object.union(lag(90), {"erasure": object.union(lag(90).erasure, more)}))],
	"attests": attests,
})

erasure(overdue) := {"erasure": {"waiting": {"objects": 2, "bytes": 2}, "overdue": {"objects": overdue, "bytes": overdue}}}

test_pass_state if count(priv_1.deny | priv_1.unknown) == 0 with input as stands(erasure(0), [])

test_fail_state if count(priv_1.deny) == 1 with input as stands(erasure(1), [])

test_unknown if count(priv_1.unknown) == 1 with input as stands({}, [])

# Another backup plan's list says nothing of this one.
test_unknown_without_a_list if count(priv_1.unknown) == 1 with input as stands_with({}, erasure(0), [])

test_pass_attested if count(priv_1.unknown) == 0 with input as stands({}, [fixture.attest("erased")])

test_not_applicable if count(priv_1.subjects) == 0 with input as fixture.intent({}, p)

makes(summary) := fixture.with_config(fixture.plan_totals(summary, p), {"backups": [object.union(fixture.backup, {"personal": true, "erasure": {"max_lag": "90d", "max_lag_days": 90, "list": "erased.txt"}})]})

copies(n) := {"erased": {"objects": n, "bytes": n}}

test_pass_plan if count(priv_1.deny | priv_1.unknown) == 0 with input as makes(copies(0))

test_fail_plan if {
	some d in priv_1.deny with input as makes(copies(2))
	contains(d.msg, "2 copies")
}

test_unknown_plan if count(priv_1.unknown) == 1 with input as makes({})

test_pass_plan_attested if count(priv_1.unknown) == 0 with input as fixture.with_config(makes({}), {"attests": [fixture.attest("erased")]})

test_not_applicable_plan if count(priv_1.subjects) == 0 with input as fixture.plan_totals(copies(0), p)
