package backstay.control.loc_4_test

import data.backstay.control.loc_4
import data.backstay.fixture

p := {"dua_grace": "30d", "dua_grace_days": 30}

ends(days) := {"nih_controlled": true, "dua_end": "2026-12-31", "dua_days_left": days}

from(source) := fixture.lists({"backups": [fixture.backup], "sources": [fixture.docs(source)]}, p)

test_pass if count(loc_4.deny | (loc_4.unknown | loc_4.warn)) == 0 with input as from(ends(10))

test_fail_config_only_warns if count(loc_4.warn) == 1 with input as from(ends(-1))

test_unknown if count(loc_4.unknown) == 1 with input as from({"rights": "licensed"})

step(days) := fixture.with_config(fixture.step({"action": "copy", "removes": false}, p), from(ends(days)).config)

test_pass_plan if count(loc_4.deny) == 0 with input as step(0)

test_fail_plan if count(loc_4.deny) == 1 with input as step(-1)

lies(days) := fixture.with_config(fixture.copied({}, p), from(ends(days)).config)

test_pass_state if count(loc_4.deny) == 0 with input as lies(-30)

test_fail_state if count(loc_4.deny) == 1 with input as lies(-31)

test_not_applicable if count(loc_4.subjects) == 0 with input as fixture.intent({}, p)
