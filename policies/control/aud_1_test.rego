package backstay.control.aud_1_test

import data.backstay.control.aud_1
import data.backstay.fixture

chain(facts) := fixture.state_totals({"audit": facts}, {})

test_pass if count(aud_1.deny | aud_1.deferred) == 0 with input as fixture.intent({}, {})

test_fail_all_near if count(aud_1.deny) == 1 with input as fixture.intent({"copies": [fixture.backup.copies[0]]}, {})

untold := object.remove(fixture.backup.copies[1], {"off_site"})

cloud := fixture.lists({
	"backups": [object.union(fixture.backup, {"source": "source.dnanexus.trial", "copies": [untold]})],
	"sources": [{"name": "trial", "address": "source.dnanexus.trial", "type": "dnanexus", "options": {}}],
}, {})

test_deferred if {
	count(aud_1.deferred) == 1 with input as cloud
	count(aud_1.unknown | aud_1.deny) == 0 with input as cloud
}

test_unknown_site_of_a_folder if count(aud_1.unknown) == 1 with input as fixture.intent({"copies": [untold]}, {})

test_unknown_in_plan if count(aud_1.unknown) == 1 with input as object.union(cloud, {"phase": "plan"})

test_pass_state if count(aud_1.deny | aud_1.unknown) == 0 with input as chain({"checked": true, "intact": true})

test_fail_state if {
	some d in aud_1.deny with input as chain({"checked": true, "intact": false, "detail": "entry 7 is missing."})
	contains(d.msg, "entry 7")
}

test_unknown if count(aud_1.unknown) == 1 with input as chain({})

test_not_applicable if count(aud_1.subjects) == 0 with input as fixture.lists({}, {})
