package backstay.control.ret_10_test

import data.backstay.control.ret_10
import data.backstay.fixture

far := fixture.backup.copies[1]

copies(change, days) := {"copies": [object.union(far, change)], "retention": {"keep": "x", "keep_days": days}}

glacier := {"archive_after": "30d", "archive_after_days": 30}

test_pass if {
	i := fixture.intent(copies(glacier, 120), {})
	count(ret_10.deny | ret_10.unknown) == 0 with input as i
	count(ret_10.subjects) == 1 with input as i
}

test_fail if count(ret_10.deny) == 1 with input as fixture.intent(copies(glacier, 119), {})

test_unknown if count(ret_10.unknown) == 1 with input as fixture.intent(copies({"tier": "NO_SUCH"}, 400), {})

test_fail_region_unknown_counts_the_longest if {
	i := fixture.lists({
		"destinations": [{"name": "p", "address": "destination.dnanexus.p", "type": "dnanexus"}],
		"backups": [object.union(fixture.backup, copies(object.union(glacier, {"to": "destination.dnanexus.p"}), 200))],
	}, {})
	count(ret_10.deny) == 1 with input as i
}

test_pass_region if {
	i := fixture.lists({
		"destinations": [{"name": "p", "address": "destination.dnanexus.p", "type": "dnanexus", "region": "aws:us-east-1"}],
		"backups": [object.union(fixture.backup, copies(object.union(glacier, {"to": "destination.dnanexus.p"}), 200))],
	}, {})
	count(ret_10.deny) == 0 with input as i
}

leaves(cost) := fixture.with_config(
	fixture.plan_totals({"actions": {"retire": {"objects": 1, "bytes": 1}}, "cost": cost}, {}),
	{"backups": [object.union(fixture.backup, copies(glacier, 400))]},
)

test_fail_plan_only_warns if {
	some w in ret_10.warn with input as leaves({"known": true, "early_deletion": 12.5, "currency": "USD"})
	contains(w.msg, "12.5 USD")
}

test_pass_plan if count(ret_10.warn | ret_10.unknown) == 0 with input as leaves({"known": true, "early_deletion": 0})

test_unknown_plan if count(ret_10.unknown) == 1 with input as leaves({"known": false, "early_deletion": 0})

test_not_applicable if count(ret_10.subjects) == 0 with input as fixture.intent({}, {})
