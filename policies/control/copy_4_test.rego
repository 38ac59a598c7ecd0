package backstay.control.copy_4_test

import data.backstay.control.copy_4
import data.backstay.fixture

p := {"lock_modes": ["compliance"], "min_lock_days": 30}

far := fixture.backup.copies[1]

lock(mode, days) := {"copies": [object.union(far, {"lock": {"mode": mode, "for": "x", "for_days": days}})]}

test_pass_locked if count(copy_4.deny) == 0 with input as fixture.intent(lock("compliance", 30), p)

test_pass_forever if count(copy_4.deny) == 0 with input as fixture.intent({"copies": [object.union(far, {"lock": {"mode": "compliance", "for": "forever"}})]}, p)

test_pass_offline if count(copy_4.deny) == 0 with input as fixture.world({}, {"offline": true}, p)

test_fail if count(copy_4.deny) == 1 with input as fixture.intent({}, p)

test_fail_short if count(copy_4.deny) == 1 with input as fixture.intent(lock("compliance", 29), p)

test_fail_governance if count(copy_4.deny) == 1 with input as fixture.intent(lock("governance", 90), p)

test_fail_plan if count(copy_4.deny) == 1 with input as fixture.step({"action": "tag", "removes": false, "lock_change": "lowered"}, p)

held(facts) := fixture.copying(lock("compliance", 30), facts, p)

test_pass_state if count(copy_4.deny | copy_4.unknown) == 0 with input as held({"lock_mode": "compliance"})

test_fail_state if count(copy_4.deny) == 1 with input as held({"lock_mode": "governance"})

test_unknown if count(copy_4.unknown) == 1 with input as held({})

test_not_applicable if count(copy_4.subjects) == 0 with input as fixture.copied({}, p)
