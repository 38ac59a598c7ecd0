package backstay.control.ret_2_test

import data.backstay.control.ret_2
import data.backstay.fixture

signed := {"retires": [{"name": "erase", "address": "retire.erase", "targets": ["backup.docs"], "reason": "Art. 17", "approved_by": [{"by": "dpo@example.org", "verified": true}]}]}

early := {"before": {"term_over": false, "retain_until": "2030-01-01T00:00:00.000Z"}}

test_pass if count(ret_2.deny) == 0 with input as fixture.step({}, {})

test_fail_before_its_date if {
	some d in ret_2.deny with input as fixture.step(early, {})
	contains(d.msg, "2030-01-01")
}

test_pass_given_up_and_signed if count(ret_2.deny) == 0 with input as fixture.stepping(signed, object.union(early, {"reason": "given_up"}), {})

test_fail_given_up_unsigned if count(ret_2.deny) == 1 with input as fixture.step(object.union(early, {"reason": "given_up"}), {})

test_fail_quarantine_short if count(ret_2.deny) == 1 with input as fixture.step({"action": "expire", "before": {"retired_days": 6}}, {})

test_fail_never_retired if count(ret_2.deny) == 1 with input as fixture.step({"action": "expire"}, {})

test_pass_quarantine_over if count(ret_2.deny) == 0 with input as fixture.step({"action": "expire", "before": {"retired_days": 7}}, {})

test_fail_state if count(ret_2.deny) == 1 with input as fixture.copied({"removed": true, "removed_early": true}, {})

test_unknown_state if {
	i := json.remove(fixture.copied({"removed": true}, {}), ["/copy/retain_until"])
	count(ret_2.unknown) == 1 with input as i
}

test_not_applicable if count(ret_2.subjects) == 0 with input as fixture.step({"action": "copy", "removes": false}, {})

orphan(claims) := object.union(early, {
	"reason": "given_up", "address": `destination.s3.far["a"]`, "backup": "", "copy": "",
	"before": object.union(early.before, {"claims": claims}),
})

of_removed(target) := {"retires": [object.union(signed.retires[0], {"targets": [target]})]}

# The backup plan of an orphan is gone: its copies name it, and so does the block.
test_pass_orphan_by_backup if count(ret_2.deny) == 0 with input as fixture.stepping(of_removed("backup.old"), orphan(["backup.old/far"]), {})

test_pass_orphan_by_copy if count(ret_2.deny) == 0 with input as fixture.stepping(of_removed("backup.old.copy.far"), orphan(["backup.old/far"]), {})

test_fail_orphan_of_another if count(ret_2.deny) == 1 with input as fixture.stepping(of_removed("backup.old"), orphan(["backup.older/far"]), {})

test_pass_by_source if count(ret_2.deny) == 0 with input as fixture.stepping(of_removed("source.filesystem.docs"), orphan([]), {})
