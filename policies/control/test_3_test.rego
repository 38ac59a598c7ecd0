package backstay.control.test_3_test

import data.backstay.control.test_3
import data.backstay.fixture

p := {"max_untested_cells": 0}

test_pass if count(test_3.deny) == 0 with input as fixture.intent({}, p)

test_fail if {
	includes := [{"class": c} | some c in ["raw", "variants", "report"]]
	some d in test_3.deny with input as fixture.intent({"scope": {"includes": includes}, "restore_test": {"sample": 5}}, p)
	contains(d.msg, "6 cells")
}

near := {"backup": "backup.docs", "destination": "destination.filesystem.near", "outcome": "pass"}

far := {"backup": "backup.docs", "destination": "destination.s3.far", "outcome": "pass"}

test_pass_state if count(test_3.deny | test_3.unknown) == 0 with input as fixture.state_totals({"tests": [near, far]}, p)

test_fail_state if {
	some d in test_3.deny with input as fixture.state_totals({"tests": [near]}, p)
	contains(d.msg, "destination.s3.far")
}

test_unknown if count(test_3.unknown) == 1 with input as fixture.state_totals({}, p)

test_not_applicable if count(test_3.subjects) == 0 with input as fixture.lists({}, p)
