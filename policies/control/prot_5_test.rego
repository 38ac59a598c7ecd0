package backstay.control.prot_5_test

import data.backstay.control.prot_5
import data.backstay.fixture

p := {"min_cooloff": "72h", "min_cooloff_hours": 72}

far := object.union(fixture.backup.copies[1], {"purpose": "record"})

lock(mode, days) := {"lock": {"mode": mode, "for": sprintf("%dd", [days]), "for_days": days}}

plan_of(copy, regimes) := object.union(fixture.backup, {"regimes": regimes, "copies": [copy]})

record(change) := fixture.lists({"backups": [plan_of(object.union(far, change), ["pci"])]}, p)

test_pass if count(prot_5.deny | prot_5.unknown) == 0 with input as record(lock("compliance", 366))

test_pass_forever if count(prot_5.deny | prot_5.unknown) == 0 with input as record({"lock": {"mode": "compliance", "for": "forever"}})

test_fail_no_lock if count(prot_5.deny) == 1 with input as record({})

test_fail_governance if count(prot_5.deny) == 1 with input as record(lock("governance", 366))

test_fail_short if {
	some d in prot_5.deny with input as record(lock("compliance", 365))
	contains(d.msg, "PCI DSS")
}

test_unknown if count(prot_5.unknown) == 1 with input as record({"lock": {"mode": "compliance"}})

test_fail_plan if count(prot_5.deny) == 1 with input as fixture.step({"action": "tag", "removes": false, "lock_change": "lowered"}, p)

test_pass_plan if count(prot_5.deny) == 0 with input as fixture.step({"action": "lock", "removes": false, "lock_change": "raised"}, p)

held(facts, attests) := fixture.with_config(fixture.copied(facts, p), {"attests": attests, "backups": [plan_of(object.union(far, lock("compliance", 366)), ["pci"])]})

cool := [fixture.attest("lock_cooloff")]

test_pass_state if count(prot_5.deny | prot_5.unknown) == 0 with input as held({"lock_mode": "compliance"}, cool)

test_fail_state if count(prot_5.deny) == 1 with input as held({"lock_mode": "governance"}, cool)

test_unknown_state if count(prot_5.unknown) == 1 with input as held({}, cool)

test_unknown_cooloff if count(prot_5.unknown) == 1 with input as held({"lock_mode": "compliance"}, [])

test_not_applicable if count(prot_5.subjects) == 0 with input as fixture.intent({}, p)
