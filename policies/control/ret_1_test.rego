package backstay.control.ret_1_test

import data.backstay.control.ret_1
import data.backstay.fixture

keeps(regimes, keep, days, anchor) := fixture.intent({"regimes": regimes, "retention": {"keep": keep, "keep_days": days, "anchor": anchor}}, {})

test_pass if {
	i := keeps(["backup_default"], "35d", 35, "created")
	count(ret_1.deny) == 0 with input as i
	ret_1.subjects == {"backup.docs"} with input as i
}

test_fail_below_floor if {
	some d in ret_1.deny with input as keeps(["backup_default"], "34d", 34, "created")
	contains(d.msg, "AWS Backup Audit Manager")
	contains(d.msg, "35d from created")
}

test_fail_below_longest if count(ret_1.deny) == 1 with input as keeps(["pci", "dsp"], "1y", 366, "created")

test_pass_open_until_reported if count(ret_1.deny) == 0 with input as keeps(["clia"], "1y", 366, "created")

test_fail_same_event if count(ret_1.deny) >= 1 with input as keeps(["clia"], "1y", 366, "reported")

test_pass_shortest_alternative if count(ret_1.deny) == 0 with input as keeps(["glp"], "2y", 732, "study_end")

test_fail_class if {
	i := fixture.intent({"regimes": ["pci"], "scope": {"includes": [{"class": "metadata"}]}, "retention": {"keep": "1d", "keep_days": 1}}, {})
	count(ret_1.deny) == 1 with input as i
}

test_not_applicable_class if {
	i := fixture.intent({"regimes": ["pci"], "scope": {"includes": [{"class": "raw"}]}, "retention": {"keep": "1d", "keep_days": 1}}, {})
	count(ret_1.subjects) == 0 with input as i
}

test_fail_no_keep if {
	b := object.union(fixture.backup, {"regimes": ["pci"]})
	i := json.remove(fixture.lists({"backups": [b]}, {}), ["/config/backups/0/retention/keep", "/config/backups/0/retention/keep_days"])
	count(ret_1.deny) == 1 with input as i
}

test_pass_forever if {
	b := object.union(fixture.backup, {"regimes": ["dsp"], "retention": {"keep": "forever"}})
	i := json.remove(fixture.lists({"backups": [b]}, {}), ["/config/backups/0/retention/keep_days"])
	count(ret_1.deny) == 0 with input as i
}

clia := {"backups": [object.union(fixture.backup, {"regimes": ["clia"]})]}

test_fail_plan_open_floor if count(ret_1.deny) >= 1 with input as fixture.stepping(clia, {}, {})

test_pass_plan_attested if {
	facts := [{"name": n, "address": n, "fact": n} | some n in ["reported", "method_retired"]]
	count(ret_1.deny) == 0 with input as fixture.stepping(object.union(clia, {"attests": facts}), {}, {})
}

test_fail_state if count(ret_1.deny) == 1 with input as fixture.copying({"regimes": ["pci"]}, {"retain_days": 100}, {})

test_pass_state if count(ret_1.deny | ret_1.unknown) == 0 with input as fixture.copying({"regimes": ["pci"]}, {}, {})

test_unknown_state if {
	i := json.remove(fixture.copying({"regimes": ["pci"]}, {}, {}), ["/copy/retain_until", "/copy/retain_days"])
	count(ret_1.unknown) == 1 with input as i
}

test_not_applicable if count(ret_1.subjects) == 0 with input as fixture.intent({}, {})
