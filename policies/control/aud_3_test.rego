package backstay.control.aud_3_test

import data.backstay.control.aud_3
import data.backstay.fixture

p := {"versions": ["1.2.3"]}

pins(version, params) := fixture.lists({"backups": [fixture.backup], "settings": {"state_type": "sqlite", "required_version": version}}, params)

test_pass if count(aud_3.deny | aud_3.unknown) == 0 with input as pins("= 1.2.3", p)

test_fail_loose if count(aud_3.deny) == 1 with input as pins(">= 1.2.3", p)

test_fail_absent if count(aud_3.deny) == 1 with input as fixture.intent({}, p)

test_fail_not_validated if count(aud_3.deny) == 1 with input as pins("1.2.4", p)

test_fail_plan if count(aud_3.deny) == 1 with input as object.union(pins("~> 1.2", p), {"phase": "plan"})

test_unknown if count(aud_3.unknown) == 1 with input as pins("1.2.3", {"versions": []})

ran(runs, attests) := fixture.with_config(fixture.state_totals({"runs": runs}, p), {"attests": attests})

test_pass_state if count(aud_3.deny | aud_3.unknown) == 0 with input as ran({"known": 2, "without_version": 0}, [])

test_fail_state if count(aud_3.deny) == 1 with input as ran({"known": 2, "without_version": 1}, [])

test_unknown_state if count(aud_3.unknown) == 1 with input as ran({"known": 2}, [])

test_pass_attested if count(aud_3.unknown) == 0 with input as ran({"known": 2}, [fixture.attest("validated_runs")])

test_not_applicable if count(aud_3.subjects) == 0 with input as fixture.lists({}, p)
