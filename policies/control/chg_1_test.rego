package backstay.control.chg_1_test

import data.backstay.control.chg_1
import data.backstay.fixture

brake(allowed) := [{"name": "retire", "address": "destination.s3.far", "message": "20 of 100 copies would go.", "value": 0.2, "limit": 0.05, "allowed": allowed}]

far(copies, retire) := [{"destination": "destination.s3.far", "copies": {"objects": copies, "bytes": copies}, "retire": {"objects": retire, "bytes": retire}, "expire": {"objects": 0, "bytes": 0}}]

test_pass_config if count(chg_1.deny) == 0 with input as fixture.intent({}, {})

test_fail_config if count(chg_1.deny) == 1 with input as fixture.intent({"limits": {"retire_ratio": 1}}, {})

test_pass_plan if count(chg_1.deny | chg_1.unknown) == 0 with input as fixture.plan_totals({"destinations": far(100, 2)}, {})

test_fail_plan if {
	some d in chg_1.deny with input as fixture.plan_totals({"destinations": far(100, 20), "brakes": brake(false)}, {})
	d.address == "destination.s3.far"
	contains(d.msg, "-allow=retire")
}

test_pass_plan_allowed if {
	some d in chg_1.deny with input as fixture.plan_totals({"destinations": far(100, 20), "brakes": brake(true)}, {})
	d.allowed
}

test_unknown if count(chg_1.unknown) == 1 with input as fixture.plan_totals({"destinations": far(0, 2)}, {})

test_not_applicable if count(chg_1.subjects) == 0 with input as fixture.plan_totals({}, {})
