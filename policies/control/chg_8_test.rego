package backstay.control.chg_8_test

import data.backstay.control.chg_8
import data.backstay.fixture

p := {"required": false}

budget := {"budget": {"month": 100, "egress": 10, "retrieval": 5}}

cheap := {"known": true, "currency": "USD", "storage_month": 100, "egress": 10, "retrieval": 2, "early_deletion": 3}

costs(change) := fixture.with_config(fixture.plan_totals({"cost": object.union(cheap, change)}, p), {"backups": [object.union(fixture.backup, budget)]})

test_pass_config if count(chg_8.deny) == 0 with input as fixture.intent(budget, {"required": true})

test_fail_config if count(chg_8.deny) == 1 with input as fixture.intent({}, {"required": true})

test_pass if count(chg_8.deny | chg_8.unknown) == 0 with input as costs({})

test_fail_month if {
	some d in chg_8.deny with input as costs({"storage_month": 100.5})
	contains(d.msg, "100.5 USD a month")
}

test_fail_egress if count(chg_8.deny) == 1 with input as costs({"egress": 11})

test_fail_retrieval if count(chg_8.deny) == 1 with input as costs({"early_deletion": 4})

test_unknown if count(chg_8.unknown) == 1 with input as costs({"known": false})

test_unknown_names_what_is_missing if {
	some u in chg_8.unknown with input as costs({"known": false, "missing": ["dnanexus live storage", "dnanexus live egress"]})
	contains(u.msg, "no price for dnanexus live storage, dnanexus live egress")
}

test_unknown_some_have_none if {
	i := fixture.with_config(costs({}), {"backups": [object.union(fixture.backup, budget), object.union(fixture.backup, {"address": "backup.more"})]})
	count(chg_8.unknown) == 1 with input as i
	count(chg_8.deny) == 0 with input as i
}

test_not_applicable if count(chg_8.subjects | chg_8.unknown) == 0 with input as fixture.plan_totals({"cost": cheap}, p)

stored(cost) := fixture.with_config(
	fixture.state_totals({"backups": [{"backup": fixture.backup.address, "cost": object.union({"known": true, "currency": "USD", "storage_month": 100, "missing": []}, cost)}]}, p),
	{"backups": [object.union(fixture.backup, budget)]},
)

test_pass_state if {
	count(chg_8.deny | chg_8.unknown) == 0 with input as stored({})
	count(chg_8.subjects) == 1 with input as stored({})
}

test_fail_state if {
	some d in chg_8.deny with input as stored({"storage_month": 100.01})
	contains(d.msg, "cost 100.01 USD a month")
}

test_unknown_state if {
	some u in chg_8.unknown with input as stored({"known": false, "missing": ["a", "b"]})
	contains(u.msg, "no price for a, b")
}

test_not_applicable_state if count(chg_8.subjects | chg_8.unknown) == 0 with input as fixture.state_totals({"backups": [{"backup": fixture.backup.address, "cost": {"known": false, "currency": "USD", "storage_month": 0, "missing": ["a"]}}]}, p)
