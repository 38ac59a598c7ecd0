package backstay.control.loc_5_test

import data.backstay.control.loc_5
import data.backstay.fixture

p := {"licensed": ["aws:us-east-1"]}

project(change) := fixture.lists({"backups": [fixture.backup], "destinations": [fixture.far(object.union({"type": "dnanexus"}, change))]}, p)

test_pass if count(loc_5.deny | loc_5.unknown) == 0 with input as project({"region": "aws:us-east-1"})

test_fail if count(loc_5.deny) == 1 with input as project({"region": "azure:westeurope"})

test_unknown if count(loc_5.unknown) == 1 with input as project({})

step(change) := fixture.with_config(fixture.step({"action": "copy", "removes": false}, p), project(change).config)

test_pass_plan if count(loc_5.deny) == 0 with input as step({"region": "aws:us-east-1"})

test_fail_plan if count(loc_5.deny) == 1 with input as step({"region": "azure:westeurope"})

test_not_applicable if count(loc_5.subjects) == 0 with input as fixture.intent({}, {"licensed": []})
