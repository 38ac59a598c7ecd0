package backstay.control.scope_6_test

import data.backstay.control.scope_6
import data.backstay.fixture

shared := object.union(fixture.backup, {"scope": {"shared": "include"}})

from(source) := fixture.lists({"backups": [shared], "sources": [fixture.docs(source)]}, {})

test_pass if count(scope_6.deny | scope_6.unknown) == 0 with input as from({"rights": "licensed"})

test_fail if count(scope_6.deny) == 1 with input as from({"rights": "none"})

test_unknown if count(scope_6.unknown) == 1 with input as from({})

step(rights) := fixture.with_config(fixture.step({"action": "copy", "removes": false}, {}), {"sources": [fixture.docs({"rights": rights})]})

test_pass_plan if count(scope_6.deny) == 0 with input as step("own")

test_fail_plan if count(scope_6.deny) == 1 with input as step("none")

test_not_applicable if count(scope_6.subjects) == 0 with input as fixture.intent({}, {})
