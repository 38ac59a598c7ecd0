package backstay.control.hold_1_test

import data.backstay.control.hold_1
import data.backstay.fixture

hold := {"name": "trial", "address": "hold.trial", "targets": ["backup.docs"], "reason": "case 7", "owner": "legal@example.org"}

test_pass_config if count(hold_1.deny) == 0 with input as fixture.lists({"holds": [hold]}, {})

test_fail_no_reason if count(hold_1.deny) == 1 with input as fixture.lists({"holds": [object.remove(hold, {"reason"})]}, {})

test_fail_holds_nothing if count(hold_1.deny) == 1 with input as fixture.lists({"holds": [object.union(hold, {"targets": []})]}, {})

test_fail_plan if {
	some d in hold_1.deny with input as fixture.step({"before": {"held": ["trial"]}}, {})
	contains(d.msg, "held by trial")
}

test_pass_plan if count(hold_1.deny) == 0 with input as fixture.step({}, {})

test_unknown_plan if {
	i := json.remove(fixture.step({}, {}), ["/change/before"])
	count(hold_1.unknown) == 1 with input as i
}

test_fail_state if count(hold_1.deny) == 1 with input as fixture.state_totals({"holds": [{"name": "trial", "targets": [], "held": {"objects": 2, "bytes": 2}, "missing": {"objects": 1, "bytes": 1}}]}, {})

test_pass_state if count(hold_1.deny) == 0 with input as fixture.state_totals({"holds": [{"name": "trial", "targets": [], "held": {"objects": 2, "bytes": 2}, "missing": {"objects": 0, "bytes": 0}}]}, {})

test_not_applicable if count(hold_1.subjects) == 0 with input as fixture.step({}, {})
