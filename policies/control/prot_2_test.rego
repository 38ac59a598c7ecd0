package backstay.control.prot_2_test

import data.backstay.control.prot_2
import data.backstay.fixture

p := {"min_tls": 1.2}

at(url) := fixture.lists({"backups": [fixture.backup], "destinations": [fixture.far({"options": {"endpoint": url}})]}, p)

test_pass if count(prot_2.deny | prot_2.unknown) == 0 with input as at("https://s3.example.org")

test_pass_no_endpoint if {
	count(prot_2.deny | prot_2.unknown) == 0 with input as fixture.intent({}, p)
	prot_2.subjects == {"destination.s3.far"} with input as fixture.intent({}, p)
}

test_pass_this_machine if {
	count(prot_2.deny) == 0 with input as at("http://127.0.0.1:9000")
	count(prot_2.deny) == 0 with input as at("http://localhost:9000")
	count(prot_2.deny) == 0 with input as at("http://[::1]:9000")
}

test_fail if count(prot_2.deny) == 1 with input as at("http://s3.example.org")

test_fail_source if {
	s := {"name": "p", "address": "source.dnanexus.p", "type": "dnanexus", "options": {"api": "http://api.example.org"}}
	count(prot_2.deny) == 1 with input as fixture.lists({"sources": [s]}, p)
}

test_unknown_rclone if count(prot_2.unknown) == 1 with input as fixture.lists({"destinations": [fixture.far({"type": "rclone"})]}, p)

test_unknown_later_tls if count(prot_2.unknown) == 1 with input as fixture.intent({}, {"min_tls": 1.3})

test_not_applicable if count(prot_2.subjects) == 0 with input as fixture.lists({"destinations": [fixture.destinations[0]]}, p)
