package backstay.control.prot_1_test

import data.backstay.control.prot_1
import data.backstay.fixture

p := {"ciphers": ["aes256", "kms"]}

aes := {"encryption": {"kind": "provider"}}

none := {"encryption": {"kind": "none"}}

phi := {"contains_phi": true}

to_far(source, far) := fixture.lists({
	"backups": [object.union(fixture.backup, {"copies": [fixture.backup.copies[1]]})],
	"sources": [fixture.docs(source)], "destinations": [fixture.far(far)],
}, p)

test_pass if count(prot_1.deny | prot_1.unknown) == 0 with input as to_far(phi, aes)

test_fail if count(prot_1.deny) == 1 with input as to_far(phi, none)

test_fail_subjects if count(prot_1.deny) == 1 with input as to_far({"subjects": 12}, none)

test_unknown if count(prot_1.unknown) == 1 with input as to_far(phi, {})

step(far) := fixture.with_config(fixture.step({"action": "copy", "removes": false}, p), to_far(phi, far).config)

test_pass_plan if count(prot_1.deny) == 0 with input as step(aes)

test_fail_plan if count(prot_1.deny) == 1 with input as step(none)

stands(store, more) := fixture.with_config(
	fixture.state_totals({"destinations": [object.union({"destination": "destination.s3.far"}, store)]}, p),
	object.union(to_far(phi, aes).config, more),
)

test_pass_state if count(prot_1.deny | prot_1.unknown) == 0 with input as stands({"store": {"encrypted": true, "cipher": "kms"}}, {})

test_fail_state if count(prot_1.deny) == 1 with input as stands({"store": {"encrypted": false}}, {})

test_fail_cipher if count(prot_1.deny) == 1 with input as stands({"store": {"encrypted": true, "cipher": "rot13"}}, {})

test_unknown_state if count(prot_1.unknown) == 1 with input as stands({}, {})

test_pass_attested if count(prot_1.unknown) == 0 with input as stands({}, {"attests": [fixture.attest("encrypted_at_rest")]})

test_not_applicable if count(prot_1.subjects) == 0 with input as to_far({}, none)
