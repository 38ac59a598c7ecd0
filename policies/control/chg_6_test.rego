package backstay.control.chg_6_test

import data.backstay.control.chg_6
import data.backstay.fixture

p := {"max_scope_loss": 0}

n(objects) := {"objects": objects, "bytes": objects}

source(recorded, lost, in_scope, excluded, uncovered) := {
	"source": "docs", "address": "source.filesystem.docs", "recorded": n(recorded), "lost": n(lost),
	"in_scope": n(in_scope), "excluded": n(excluded), "uncovered": n(uncovered),
}

sees(s) := fixture.plan_totals({"sources": [s]}, p)

test_pass if count(chg_6.deny | chg_6.unknown) == 0 with input as sees(source(10, 2, 8, 0, 0))

test_pass_excluded if count(chg_6.deny | chg_6.unknown) == 0 with input as sees(source(10, 0, 7, 3, 0))

test_fail if {
	some d in chg_6.deny with input as sees(source(10, 0, 7, 0, 3))
	contains(d.msg, "3 objects")
}

test_fail_without_address if count(chg_6.deny) == 1 with input as sees(object.remove(source(10, 0, 7, 0, 3), {"address"}))

test_unknown if count(chg_6.unknown) == 1 with input as sees(source(10, 0, 12, 0, 3))

test_pass_state if count(chg_6.warn) == 0 with input as fixture.state_totals({"sources": [source(0, 0, 5, 0, 0)]}, p)

test_fail_state_only_warns if count(chg_6.warn) == 1 with input as fixture.state_totals({"sources": [source(0, 0, 5, 0, 1)]}, p)

test_not_applicable if count(chg_6.subjects | chg_6.unknown) == 0 with input as sees(source(0, 0, 5, 0, 5))
