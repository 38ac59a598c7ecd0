package backstay.control.prot_4_test

import data.backstay.control.prot_4
import data.backstay.fixture

p := {"max_deleters": 0}

to_far(far) := fixture.lists({
	"backups": [object.union(fixture.backup, {"copies": [fixture.backup.copies[1]]})],
	"destinations": [object.union(fixture.far({"deleters": [], "deleters_known": false}), far)],
}, p)

test_pass if count(prot_4.deny | prot_4.unknown) == 0 with input as to_far({"lockdown": true})

test_pass_offline if count(prot_4.deny | prot_4.unknown) == 0 with input as to_far({"offline": true})

test_pass_nobody if count(prot_4.deny | prot_4.unknown) == 0 with input as to_far({"deleters_known": true})

test_fail if count(prot_4.deny) == 1 with input as to_far({"deleters": ["ops"], "deleters_known": true})

test_unknown if count(prot_4.unknown) == 1 with input as to_far({})

stands(store) := fixture.state_totals({"destinations": [object.union({"destination": "destination.s3.far"}, store)]}, p)

test_pass_state if count(prot_4.deny | prot_4.unknown) == 0 with input as stands({"store": {"deleters": 0}})

test_fail_state if count(prot_4.deny) == 1 with input as stands({"store": {"deleters": 1}})

test_unknown_state if count(prot_4.unknown) == 1 with input as stands({})

test_pass_attested if count(prot_4.unknown) == 0 with input as fixture.with_config(stands({}), {"attests": [fixture.attest("deleters")]})

test_not_applicable if count(prot_4.subjects) == 0 with input as fixture.lists({}, p)
