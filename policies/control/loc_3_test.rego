package backstay.control.loc_3_test

import data.backstay.control.loc_3
import data.backstay.fixture

p := {"attestations": ["NIST SP 800-171"], "attestation_max_age": "1y", "attestation_max_age_days": 366}

to_far(far) := fixture.lists({
	"backups": [object.union(fixture.backup, {"copies": [fixture.backup.copies[1]]})],
	"sources": [fixture.docs({"nih_controlled": true})], "destinations": [fixture.far(far)],
}, p)

attested(days) := {"attested": ["NIST SP 800-171"], "attested_until": "2027-06-30", "attested_days_left": days}

test_pass if count(loc_3.deny | loc_3.unknown) == 0 with input as to_far(attested(200))

test_fail if count(loc_3.deny) == 1 with input as to_far({"attested": ["ISO 27001"]})

test_fail_in_state if count(loc_3.deny) == 1 with input as object.union(to_far({"attested": []}), {"phase": "state"})

test_fail_too_long if count(loc_3.deny) == 1 with input as to_far(attested(400))

test_unknown_over if count(loc_3.unknown) == 1 with input as to_far(attested(-1))

test_unknown_no_end if count(loc_3.unknown) == 1 with input as to_far({"attested": ["NIST SP 800-171"]})

test_not_applicable if count(loc_3.subjects) == 0 with input as fixture.intent({}, p)
