package backstay.control.priv_3_test

import data.backstay.control.priv_3
import data.backstay.fixture

locked(days, retention) := {
	"personal": true, "retention": retention,
	"copies": [object.union(fixture.backup.copies[1], {"lock": {"mode": "compliance", "for": "x", "for_days": days}})],
}

ceiling := {"keep_max": "1y", "keep_max_days": 366}

test_pass if count(priv_3.deny | priv_3.unknown) == 0 with input as fixture.intent(locked(366, ceiling), {})

test_fail if count(priv_3.deny) == 1 with input as fixture.intent(locked(367, ceiling), {})

test_fail_forever if {
	b := object.union(locked(1, ceiling), {"copies": [object.union(fixture.backup.copies[1], {"lock": {"mode": "compliance", "for": "forever"}})]})
	count(priv_3.deny) == 1 with input as fixture.intent(b, {})
}

test_unknown if count(priv_3.unknown) == 1 with input as fixture.intent(locked(366, {}), {})

step(days, change, attests) := fixture.stepping({"backups": [object.union(fixture.backup, locked(days, ceiling))], "attests": attests}, object.union({"action": "copy", "removes": false}, change), {})

test_pass_plan if count(priv_3.deny) == 0 with input as step(366, {}, [])

test_fail_plan if count(priv_3.deny) == 1 with input as step(367, {}, [])

test_fail_consent if count(priv_3.deny) == 1 with input as step(366, {"after": {"locked_until": "2027-11-20T00:00:00.000Z"}}, [object.union(fixture.attest("consent"), {"expires": "2027-06-30"})])

test_pass_consent if count(priv_3.deny) == 0 with input as step(366, {"after": {"locked_until": "2027-06-29T00:00:00.000Z"}}, [object.union(fixture.attest("consent"), {"expires": "2027-06-30"})])

test_not_applicable if count(priv_3.subjects) == 0 with input as fixture.intent({}, {})
