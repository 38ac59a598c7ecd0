package backstay.control.prot_8_test

import data.backstay.control.prot_8
import data.backstay.fixture

to_far(far) := fixture.lists({
	"backups": [object.union(fixture.backup, {"personal": true, "copies": [fixture.backup.copies[1]]})],
	"destinations": [fixture.far(far)],
}, {})

test_pass if count(prot_8.deny | prot_8.unknown) == 0 with input as to_far({"restricted": true})

test_pass_locked_down if count(prot_8.deny | prot_8.unknown) == 0 with input as to_far({"lockdown": true})

test_pass_offline if count(prot_8.deny | prot_8.unknown) == 0 with input as to_far({"restricted": false, "offline": true})

test_fail if count(prot_8.deny) == 1 with input as to_far({"restricted": false})

test_unknown if count(prot_8.unknown) == 1 with input as to_far({})

step(far) := fixture.with_config(fixture.step({"action": "copy", "removes": false}, {}), to_far(far).config)

test_pass_plan if count(prot_8.deny) == 0 with input as step({"restricted": true})

test_fail_plan if count(prot_8.deny) == 1 with input as step({"restricted": false})

test_not_applicable if count(prot_8.subjects) == 0 with input as fixture.intent({}, {})
