package backstay.control.ret_7_test

import data.backstay.control.ret_7
import data.backstay.fixture

p := {"record_classes": ["raw", "variants", "report"], "record_regimes": ["glp"]}

recovery := fixture.backup.copies

record := [recovery[0], object.union(recovery[1], {"purpose": "record"})]

test_pass if count(ret_7.deny) == 0 with input as fixture.intent({"regimes": ["glp"], "copies": record}, p)

test_fail if count(ret_7.deny) == 1 with input as fixture.intent({"regimes": ["glp"]}, p)

test_fail_class if count(ret_7.deny) == 1 with input as fixture.intent({"regimes": ["glp"], "scope": {"includes": [{"class": "raw"}]}}, p)

test_not_applicable_class if count(ret_7.subjects) == 0 with input as fixture.intent({"regimes": ["glp"], "scope": {"includes": [{"class": "intermediate"}]}}, p)

stands(copies, facts) := fixture.with_config(fixture.standing(facts, p), {"backups": [object.union(fixture.backup, {"regimes": ["glp"], "copies": copies})]})

test_pass_state if count(ret_7.deny | ret_7.unknown) == 0 with input as stands(record, {"class": "raw"})

test_fail_state if count(ret_7.deny) == 1 with input as stands(record, {"destinations": ["destination.filesystem.near"]})

test_unknown if count(ret_7.unknown) == 1 with input as stands(record, {"destinations": [], "written": 1})

test_not_applicable if count(ret_7.subjects) == 0 with input as fixture.intent({}, p)
