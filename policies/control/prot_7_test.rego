package backstay.control.prot_7_test

import data.backstay.control.prot_7
import data.backstay.fixture

phi := {"contains_phi": true}

to_far(far) := fixture.lists({
	"backups": [object.union(fixture.backup, {"copies": [fixture.backup.copies[1]]})],
	"sources": [fixture.docs(phi)], "destinations": [fixture.far(far)],
}, {})

test_pass if count(prot_7.deny | prot_7.unknown) == 0 with input as to_far(phi)

test_fail if count(prot_7.deny) == 1 with input as to_far({"contains_phi": false})

test_fail_project_open if count(prot_7.deny) == 1 with input as to_far({"type": "dnanexus", "contains_phi": true})

test_pass_project_locked if count(prot_7.deny) == 0 with input as to_far({"type": "dnanexus", "contains_phi": true, "lockdown": true})

test_unknown if count(prot_7.unknown) == 1 with input as to_far({})

step(far) := fixture.with_config(fixture.step({"action": "copy", "removes": false}, {}), to_far(far).config)

test_pass_plan if count(prot_7.deny) == 0 with input as step(phi)

test_fail_plan if count(prot_7.deny) == 1 with input as step({})

stands(store, more) := fixture.with_config(
	fixture.state_totals({"destinations": [object.union({"destination": "destination.s3.far"}, store)]}, {}),
	object.union(to_far(phi).config, more),
)

test_pass_state if count(prot_7.deny | prot_7.unknown) == 0 with input as stands({"store": phi}, {})

test_fail_state if count(prot_7.deny) == 1 with input as stands({"store": {"contains_phi": false}}, {})

test_unknown_state if count(prot_7.unknown) == 1 with input as stands({}, {})

test_pass_attested if count(prot_7.unknown) == 0 with input as stands({}, {"attests": [fixture.attest("marks")]})

test_not_applicable if count(prot_7.subjects) == 0 with input as fixture.intent({}, {})
