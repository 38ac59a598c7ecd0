package backstay.control.hold_2_test

import data.backstay.control.hold_2
import data.backstay.fixture

hold := {"name": "trial", "address": "hold.trial", "targets": ["backup.docs"], "reason": "case 7", "owner": "legal@example.org"}

release := {"name": "over", "address": "release.over", "hold": "trial", "targets": [], "reason": "case closed", "approved_by": [{"by": "qa@example.org", "verified": true}]}

config(r) := fixture.lists({"holds": [hold], "releases": [r]}, {})

ends := {"action": "release", "removes": false, "before": {"held": ["trial"]}, "after": {"held": []}}

test_pass_config if count(hold_2.deny | hold_2.unknown) == 0 with input as config(release)

test_fail_no_reason if count(hold_2.deny) == 1 with input as config(object.remove(release, {"reason"}))

test_fail_nobody if count(hold_2.deny) == 1 with input as config(object.union(release, {"approved_by": []}))

test_fail_owner_approves if count(hold_2.deny) == 1 with input as config(object.union(release, {"approved_by": [{"by": "legal@example.org", "verified": true}]}))

test_unknown_signature if count(hold_2.unknown) == 1 with input as config(object.union(release, {"approved_by": [{"by": "qa@example.org", "verified": false}]}))

test_fail_plan_block_removed if count(hold_2.deny) == 1 with input as fixture.step(ends, {})

test_pass_plan if count(hold_2.deny) == 0 with input as fixture.stepping({"releases": [release]}, ends, {})

test_fail_author_approves if {
	r := object.union(release, {"approved_by": [{"by": "ops@example.org", "verified": true}]})
	count(hold_2.deny) == 1 with input as fixture.stepping({"releases": [r]}, ends, {})
}

test_unknown_plan if {
	i := json.remove(fixture.step(ends, {}), ["/change/before"])
	count(hold_2.unknown) == 1 with input as i
}

test_not_applicable if count(hold_2.subjects) == 0 with input as fixture.step({}, {})
