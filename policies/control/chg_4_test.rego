package backstay.control.chg_4_test

import data.backstay.control.chg_4
import data.backstay.fixture

waived(approved) := {"backups": [fixture.backup], "waivers": [{"name": "w", "address": "waiver.w", "control": "COPY-2", "targets": [], "approved_by": approved}]}

boss := [{"by": "boss@example.org", "verified": false}]

test_pass if count(chg_4.deny) == 0 with input as fixture.lists(waived(boss), {})

test_fail if count(chg_4.deny) == 1 with input as fixture.lists(waived([]), {})

test_fail_hold if {
	l := {
		"holds": [{"name": "h", "address": "hold.h", "owner": "boss@example.org"}],
		"releases": [{"name": "r", "address": "release.r", "hold": "h", "approved_by": boss}],
	}
	count(chg_4.deny) == 1 with input as fixture.lists(l, {})
}

test_fail_retire if count(chg_4.deny) == 1 with input as fixture.lists({"retires": [{"name": "r", "address": "retire.r", "approved_by": []}]}, {})

test_fail_shorten if count(chg_4.deny) == 1 with input as fixture.lists({"shortens": [{"name": "s", "address": "shorten.s", "approved_by": []}]}, {})

test_pass_plan if count(chg_4.deny | chg_4.unknown) == 0 with input as fixture.stepping(waived(boss), {}, {})

test_fail_plan if count(chg_4.deny) == 1 with input as fixture.stepping(waived([{"by": "ops@example.org"}]), {}, {})

test_unknown if {
	i := json.remove(fixture.stepping(waived(boss), {}, {}), ["/run/author"])
	count(chg_4.unknown) == 1 with input as i
}

test_not_applicable if count(chg_4.subjects) == 0 with input as fixture.intent({}, {})
