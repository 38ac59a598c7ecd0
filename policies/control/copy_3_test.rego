package backstay.control.copy_3_test

import data.backstay.control.copy_3
import data.backstay.fixture

p := {"other_vendor": false}

near := fixture.backup.copies[0]

untold := object.remove(fixture.backup.copies[1], {"off_site"})

cloud := fixture.lists({
	"backups": [object.union(fixture.backup, {"source": "source.dnanexus.trial", "copies": [untold]})],
	"sources": [{"name": "trial", "address": "source.dnanexus.trial", "type": "dnanexus", "options": {}}],
}, p)

test_pass if count(copy_3.deny | (copy_3.unknown | copy_3.deferred)) == 0 with input as fixture.intent({}, p)

test_fail_all_near if count(copy_3.deny) == 1 with input as fixture.intent({"copies": [near, near]}, p)

test_fail_other_vendor if count(copy_3.deny) == 1 with input as fixture.intent({}, {"other_vendor": true})

test_pass_other_vendor if {
	far := object.union(fixture.backup.copies[1], {"other_vendor": true})
	count(copy_3.deny) == 0 with input as fixture.intent({"copies": [far]}, {"other_vendor": true})
}

test_unknown_site_of_a_folder if count(copy_3.unknown) == 1 with input as fixture.intent({"copies": [untold]}, p)

test_deferred_site_that_a_system_tells if {
	count(copy_3.deferred) == 1 with input as cloud
	count(copy_3.unknown | copy_3.deny) == 0 with input as cloud
}

test_unknown_in_plan if count(copy_3.unknown) == 1 with input as object.union(cloud, {"phase": "plan"})

test_fail_state if count(copy_3.deny) == 1 with input as fixture.standing({"off_site": 0}, p)

test_unknown_state if count(copy_3.unknown) == 1 with input as fixture.standing({"off_site": 0, "site_unknown": 1}, p)

test_pass_state if count(copy_3.deny | copy_3.unknown) == 0 with input as fixture.standing({}, p)

test_not_applicable if count(copy_3.subjects) == 0 with input as fixture.standing({"live": false}, p)
