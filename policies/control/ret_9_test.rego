package backstay.control.ret_9_test

import data.backstay.control.ret_9
import data.backstay.fixture

p := {"evidence_keep": "2192d", "evidence_keep_days": 2192}

chain(facts) := fixture.state_totals({"audit": facts}, p)

whole := {"checked": true, "intact": true, "entries": 3, "replicas": ["destination.s3.far"]}

test_pass if count(ret_9.deny | ret_9.unknown) == 0 with input as chain(whole)

test_deferred_config if count(ret_9.deferred) == 1 with input as fixture.intent({}, p)

test_fail_config if count(ret_9.deny) == 1 with input as fixture.intent({"copies": []}, p)

test_fail_broken if count(ret_9.deny) == 1 with input as chain(object.union(whole, {"intact": false}))

test_fail_nowhere_else if count(ret_9.deny) == 1 with input as chain(object.union(whole, {"replicas": []}))

test_unknown if count(ret_9.unknown) == 1 with input as chain({"checked": false, "replicas": []})

test_not_applicable if count(ret_9.subjects) == 0 with input as fixture.lists({}, p)
