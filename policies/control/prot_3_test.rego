package backstay.control.prot_3_test

import data.backstay.control.prot_3
import data.backstay.fixture

p := {"key_max_age": "400d", "key_max_age_days": 400}

to_far(encryption) := fixture.lists({
	"backups": [object.union(fixture.backup, {"personal": true, "copies": [fixture.backup.copies[1]]})],
	"destinations": [fixture.far(encryption)],
}, p)

ours(days) := {"encryption": {"kind": "customer", "rotated": "2026-01-01", "rotated_days": days}}

now(i) := object.union(i, {"phase": "state"})

test_pass if count(prot_3.deny | prot_3.unknown) == 0 with input as to_far(ours(1))

test_fail if count(prot_3.deny) == 1 with input as to_far({"encryption": {"kind": "provider"}})

test_unknown if count(prot_3.unknown) == 1 with input as to_far({})

test_pass_state if count(prot_3.deny | prot_3.unknown) == 0 with input as now(to_far(ours(400)))

test_fail_state if count(prot_3.deny) == 1 with input as now(to_far(ours(401)))

test_unknown_state if count(prot_3.unknown) == 1 with input as now(to_far({"encryption": {"kind": "client"}}))

test_not_applicable if count(prot_3.subjects) == 0 with input as fixture.intent({}, p)
