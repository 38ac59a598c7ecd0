package backstay.control.loc_2_test

import data.backstay.control.loc_2
import data.backstay.fixture

p := {"countries_of_concern": ["CN", "RU"], "covered_persons": ["covered ltd"], "genomic_threshold": 100, "omic_threshold": 1000, "genomic": true}

to_far(subjects, far, params) := fixture.lists({
	"backups": [object.union(fixture.backup, {"copies": [fixture.backup.copies[1]]})],
	"sources": [fixture.docs(subjects)], "destinations": [fixture.far(far)],
}, params)

test_pass if count(loc_2.deny | loc_2.unknown) == 0 with input as to_far({"subjects": 5000}, {"country": "DE"}, p)

test_pass_few if count(loc_2.deny | loc_2.unknown) == 0 with input as to_far({"subjects": 100}, {"country": "CN"}, p)

test_fail if count(loc_2.deny) == 1 with input as to_far({"subjects": 101}, {"country": "CN"}, p)

test_fail_covered_person if count(loc_2.deny) == 1 with input as to_far({"subjects": 101}, {"country": "DE", "operator": "covered ltd"}, p)

test_pass_other_omic if count(loc_2.deny) == 0 with input as to_far({"subjects": 101}, {"country": "CN"}, object.union(p, {"genomic": false}))

test_fail_added_up if {
	second := object.union(fixture.docs({"subjects": 60}), {"name": "more", "address": "source.filesystem.more"})
	plans := [
		object.union(fixture.backup, {"copies": [fixture.backup.copies[1]]}),
		object.union(fixture.backup, {"address": "backup.more", "source": "source.filesystem.more", "copies": [fixture.backup.copies[1]]}),
	]
	i := fixture.lists({"backups": plans, "sources": [fixture.docs({"subjects": 60}), second], "destinations": [fixture.far({"country": "CN"})]}, p)
	count(loc_2.deny) == 1 with input as i
}

test_fail_in_plan if count(loc_2.deny) == 1 with input as object.union(to_far({"subjects": 101}, {"country": "CN"}, p), {"phase": "plan"})

test_unknown_persons if count(loc_2.unknown) == 1 with input as to_far({}, {"country": "CN"}, p)

test_unknown_country if count(loc_2.unknown) == 1 with input as to_far({"subjects": 101}, {}, p)

test_not_applicable if count(loc_2.subjects) == 0 with input as fixture.intent({}, p)
