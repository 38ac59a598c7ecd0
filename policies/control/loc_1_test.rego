package backstay.control.loc_1_test

import data.backstay.control.loc_1
import data.backstay.fixture

p := {"allowed_regions": ["eu-central-1", "CH"]}

none := {"allowed_regions": []}

to_far(far, params) := fixture.lists({
	"backups": [object.union(fixture.backup, {"personal": true, "copies": [fixture.backup.copies[1]]})],
	"destinations": [fixture.far(far)],
}, params)

test_pass if count(loc_1.deny | loc_1.unknown) == 0 with input as to_far({"region": "eu-central-1"}, p)

test_pass_country if count(loc_1.deny | loc_1.unknown) == 0 with input as to_far({"country": "CH"}, p)

test_fail if count(loc_1.deny) == 1 with input as to_far({"region": "us-east-1"}, p)

test_fail_no_list if count(loc_1.deny) == 1 with input as to_far({"region": "eu-central-1"}, none)

test_unknown if count(loc_1.unknown) == 1 with input as to_far({}, p)

step(far) := fixture.with_config(fixture.step({"action": "copy", "removes": false}, p), to_far(far, p).config)

test_pass_plan if count(loc_1.deny) == 0 with input as step({"region": "eu-central-1"})

test_fail_plan if count(loc_1.deny) == 1 with input as step({"region": "us-east-1"})

lies(far) := fixture.with_config(fixture.copied({}, p), to_far(far, p).config)

test_pass_state if count(loc_1.deny) == 0 with input as lies({"region": "eu-central-1"})

test_fail_state if count(loc_1.deny) == 1 with input as lies({"region": "us-east-1"})

test_not_applicable if count(loc_1.subjects | loc_1.deny) == 0 with input as fixture.intent({}, none)
