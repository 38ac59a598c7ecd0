package backstay.control.scope_4_test

import data.backstay.control.scope_4
import data.backstay.fixture

p := {"metadata_fields": ["tags"], "metadata_evidence": false}

strict := {"metadata_fields": ["tags"], "metadata_evidence": true}

bare := {"copies": [object.union(fixture.backup.copies[1], {"metadata": false})]}

test_pass if count(scope_4.deny) == 0 with input as fixture.intent({}, p)

test_fail if count(scope_4.deny) == 1 with input as fixture.intent(bare, p)

test_pass_plan if count(scope_4.deny) == 0 with input as fixture.step({"action": "copy", "removes": false}, p)

test_fail_plan if count(scope_4.deny) == 1 with input as fixture.stepping({"backups": [object.union(fixture.backup, bare)]}, {"action": "copy", "removes": false}, p)

test_pass_state if count(scope_4.deny | scope_4.unknown) == 0 with input as fixture.copied({"metadata_equal": true}, strict)

test_fail_state if count(scope_4.deny) == 1 with input as fixture.copied({"metadata_equal": false}, p)

test_unknown if count(scope_4.unknown) == 1 with input as fixture.copied({}, strict)

test_pass_attested if count(scope_4.unknown) == 0 with input as fixture.with_config(fixture.copied({}, strict), {"attests": [fixture.attest("metadata")]})

test_not_applicable if {
	count(scope_4.subjects) == 0 with input as fixture.copied({}, p)
	count(scope_4.not_applicable) == 1 with input as fixture.copied({}, p)
}
