package backstay.control.prot_3_test

import data.backstay.control.prot_3
import data.backstay.fixture

p := {"key_max_age": "400d", "key_max_age_days": 400}

to_far(encryption) := fixture.lists({
	"backups": [object.union(fixture.backup, {"personal": true, "copies": [fixture.backup.copies[1]]})],
	"destinations": [fixture.far(encryption)],
}, p)

ours(days) := {"encryption": {"kind": "customer", "rotated": "2026-01-01", "rotated_days": days}}

now(i) := object.union(i, {"phase": "state"})

test_pass if count(prot_3.deny | prot_3.unknown) == 0 with input as to_far(ours(1))

test_fail if count(prot_3.deny) == 1 with input as to_far({"encryption": {"kind": "provider"}})

test_unknown if count(prot_3.unknown) == 1 with input as to_far({})

test_pass_state if count(prot_3.deny | prot_3.unknown) == 0 with input as now(to_far(ours(400)))

test_fail_state if count(prot_3.deny) == 1 with input as now(to_far(ours(401)))

test_unknown_state if count(prot_3.unknown) == 1 with input as now(to_far({"encryption": {"kind": "client"}}))

test_not_applicable if count(prot_3.subjects) == 0 with input as fixture.intent({}, p)

planned(encryption, facts) := {
	"phase": "plan", "now": "2026-11-21T12:00:00.000Z", "params": p, "config": to_far(encryption).config,
	"run": object.union(fixture.plan_totals({}, p).run, facts), "summary": fixture.plan_totals({}, p).summary,
}

test_pass_plan if count(prot_3.warn | prot_3.unknown) == 0 with input as planned(ours(10), {"last_applied_days": 10})

test_pass_plan_first if count(prot_3.warn | prot_3.unknown) == 0 with input as planned(ours(10), {})

test_fail_plan_only_warns if {
	some w in prot_3.warn with input as planned(ours(9), {"last_applied_days": 10})
	contains(w.msg, "changed on 2026-01-01")
}

test_unknown_plan if count(prot_3.unknown) == 1 with input as planned({"encryption": {"kind": "client"}}, {"last_applied_days": 10})

test_not_applicable_plan if count(prot_3.subjects) == 0 with input as planned({"encryption": {"kind": "provider"}}, {})
