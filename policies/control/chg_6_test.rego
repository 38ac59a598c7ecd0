package backstay.control.chg_6_test

import data.backstay.control.chg_6
import data.backstay.fixture

p := {"max_scope_loss": 0}

n(objects) := {"objects": objects, "bytes": objects}

source(recorded, left, uncovered) := {
	"source": "docs", "address": "source.filesystem.docs", "recorded": n(recorded), "left_scope": n(left), "uncovered": n(uncovered),
}

sees(s) := fixture.plan_totals({"sources": [s]}, p)

test_pass if count(chg_6.deny | chg_6.unknown) == 0 with input as sees(source(10, 0, 0))

# What was never protected is SCOPE-1's business.
test_pass_new_and_uncovered if count(chg_6.deny | chg_6.unknown) == 0 with input as sees(source(10, 0, 3))

test_fail if {
	some d in chg_6.deny with input as sees(source(10, 3, 3))
	contains(d.msg, "3 objects")
}

test_fail_without_address if count(chg_6.deny) == 1 with input as sees(object.remove(source(10, 3, 3), {"address"}))

test_unknown if count(chg_6.unknown) == 1 with input as sees(object.remove(source(10, 0, 0), {"left_scope"}))

test_pass_state if count(chg_6.warn) == 0 with input as fixture.state_totals({"sources": [source(0, 0, 0)]}, p)

test_fail_state_only_warns if count(chg_6.warn) == 2 with input as fixture.state_totals({"sources": [source(0, 1, 1)]}, p)

test_not_applicable if count(chg_6.subjects | chg_6.unknown) == 0 with input as sees(source(0, 0, 5))
