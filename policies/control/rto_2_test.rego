package backstay.control.rto_2_test

import data.backstay.control.rto_2
import data.backstay.fixture

key := {"encryption": {"kind": "customer", "key": "k", "key_account": "vault"}, "operator": "acme"}

escrow := {"attests": [fixture.attest("key_escrow")]}

with_key(change, more) := fixture.lists(object.union({"destinations": [fixture.far(object.union(key, change))]}, more), {})

test_pass if count(rto_2.deny | rto_2.unknown) == 0 with input as with_key({}, escrow)

test_fail_same_account if count(rto_2.deny) == 1 with input as with_key({"encryption": {"kind": "client", "key_account": "acme"}}, escrow)

test_fail_option_account if count(rto_2.deny) == 1 with input as with_key({"options": {"account": "vault"}}, escrow)

test_unknown_escrow if count(rto_2.unknown) == 1 with input as with_key({}, {})

test_unknown_escrow_over if count(rto_2.unknown) == 1 with input as with_key({}, {"attests": [object.union(fixture.attest("key_escrow"), {"expired": true})]})

test_unknown_account if {
	i := json.remove(with_key({}, escrow), ["/config/destinations/0/encryption/key_account"])
	count(rto_2.unknown) == 1 with input as i
}

test_unknown_plan if count(rto_2.unknown) == 1 with input as object.union(with_key({}, {}), {"phase": "plan"})

tested(tests) := fixture.with_config(fixture.state_totals({"tests": tests}, {}), {"destinations": [fixture.far(key)]})

test_pass_state if count(rto_2.deny | rto_2.unknown) == 0 with input as tested([{"destination": "destination.s3.far", "outcome": "pass"}])

test_fail_state if count(rto_2.deny) == 1 with input as tested([{"destination": "destination.s3.far", "outcome": "fail"}])

test_unknown_state if count(rto_2.unknown) == 1 with input as tested([])

test_not_applicable if count(rto_2.subjects) == 0 with input as fixture.intent({}, {})
