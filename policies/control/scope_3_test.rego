package backstay.control.scope_3_test

import data.backstay.control.scope_3
import data.backstay.fixture

p := {"allow_reproducible": true}

leaves(exclude) := {"scope": {"excludes": [object.union({"paths": ["/tmp/**"], "reason": "r", "owner": "o", "inputs": []}, exclude)]}}

whole := {"class": "intermediate", "method": "workflow align-v3", "inputs": ["/runs/**"]}

test_pass if count(scope_3.deny) == 0 with input as fixture.intent(leaves(whole), p)

test_fail_no_method if count(scope_3.deny) == 1 with input as fixture.intent(leaves({"inputs": ["/runs/**"]}), p)

test_fail_no_inputs if count(scope_3.deny) == 1 with input as fixture.intent(leaves({"method": "workflow"}), p)

test_fail_nothing_named if count(scope_3.deny) == 2 with input as fixture.intent(leaves({"class": "intermediate"}), p)

test_fail_not_allowed if count(scope_3.deny) == 1 with input as fixture.intent(leaves(whole), {"allow_reproducible": false})

stands(by_class, attests) := fixture.with_config(
	fixture.state_totals({"backups": [{"backup": "backup.docs", "listed": true, "by_class": by_class}]}, p),
	{"backups": [object.union(fixture.backup, leaves(whole))], "attests": attests},
)

method := {"method": {"objects": 3, "bytes": 3}}

test_pass_attested if count(scope_3.deny | scope_3.unknown) == 0 with input as stands(method, [fixture.attest("reproducible")])

test_fail_state if count(scope_3.deny) == 1 with input as stands({}, [fixture.attest("reproducible")])

test_unknown if count(scope_3.unknown) == 1 with input as stands(method, [])

test_not_applicable if count(scope_3.subjects) == 0 with input as fixture.intent(leaves({}), p)
