package backstay.control.scope_7_test

import data.backstay.control.scope_7
import data.backstay.fixture

p := {"audit_gap_days": 1, "audit_sources": ["trail"], "audit_regimes": ["part11"]}

project(name) := {"name": name, "address": concat(".", ["source.dnanexus", name]), "type": "dnanexus", "options": {}}

runs := object.union(fixture.backup, {"source": "source.dnanexus.runs", "regimes": ["part11"]})

trail(days) := object.union(fixture.backup, {"name": "trail", "address": "backup.trail", "source": "source.dnanexus.trail", "retention": {"keep": "x", "keep_days": days}})

plans(list, params) := fixture.lists({"backups": list, "sources": [project("runs"), project("trail")]}, params)

test_pass if count(scope_7.deny | scope_7.unknown) == 0 with input as plans([runs, trail(2562)], p)

test_pass_forever if {
	t := object.union(trail(1), {"retention": {"keep": "forever"}})
	count(scope_7.deny) == 0 with input as plans([runs, t], p)
}

test_fail_short if count(scope_7.deny) == 1 with input as plans([runs, trail(2561)], p)

test_fail_none if count(scope_7.deny) == 1 with input as plans([runs], p)

test_unknown if count(scope_7.unknown) == 1 with input as plans([runs], object.union(p, {"audit_sources": []}))

stands(totals) := fixture.with_config(fixture.state_totals(totals, p), plans([runs, trail(2562)], p).config)

test_pass_state if count(scope_7.deny | scope_7.unknown) == 0 with input as stands({"trail": {"missing_days": 1}})

test_fail_state if count(scope_7.deny) == 1 with input as stands({"trail": {"missing_days": 2}})

test_unknown_state if count(scope_7.unknown) == 1 with input as stands({})

test_not_applicable if count(scope_7.subjects) == 0 with input as fixture.intent({}, p)
