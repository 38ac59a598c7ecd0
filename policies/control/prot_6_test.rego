package backstay.control.prot_6_test

import data.backstay.control.prot_6
import data.backstay.fixture

p := {"delete_approvals": 2}

by(names) := [{"by": n, "verified": true} | some n in names]

gives(approvals) := {
	"backups": [object.union(fixture.backup, {"approvals": {"delete": 2}})],
	"retires": [{"name": "r", "address": "retire.r", "targets": ["backup.docs"], "reason": "erasure", "approved_by": approvals}],
}

test_pass if count(prot_6.deny | prot_6.unknown) == 0 with input as fixture.lists(gives(by(["a", "b"])), p)

test_fail_one_approval if count(prot_6.deny) == 1 with input as fixture.lists(gives(by(["a", "a"])), p)

test_fail_few if count(prot_6.deny) == 1 with input as fixture.intent({"approvals": {"delete": 1}}, p)

test_fail_none if count(prot_6.deny) == 1 with input as fixture.intent({}, p)

test_unknown_unsigned if count(prot_6.unknown) == 1 with input as fixture.lists(gives([{"by": "a", "verified": false}, {"by": "b", "verified": true}]), p)

test_pass_plan if count(prot_6.deny | prot_6.unknown) == 0 with input as fixture.stepping(gives(by(["a", "b"])), {"reason": "given_up"}, p)

test_fail_plan_author if count(prot_6.deny) == 1 with input as fixture.stepping(gives(by(["a", "ops@example.org"])), {"reason": "given_up"}, p)

test_pass_plan_by_address if {
	l := gives(by(["a", "b"]))
	named := object.union(l, {"retires": [object.union(l.retires[0], {"targets": ["backup.docs.copy"]})]})
	count(prot_6.deny) == 0 with input as fixture.stepping(named, {"reason": "given_up"}, p)
}

test_unknown_plan if {
	i := json.remove(fixture.stepping(gives(by(["a", "b"])), {"reason": "given_up"}, p), ["/run/author"])
	count(prot_6.unknown) == 1 with input as i
}

test_not_applicable if count(prot_6.subjects) == 0 with input as fixture.step({}, p)
