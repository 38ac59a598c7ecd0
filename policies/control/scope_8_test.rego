package backstay.control.scope_8_test

import data.backstay.control.scope_8
import data.backstay.fixture

p := {"exempt_projects": []}

project(name, facts) := object.union(
	{
		"lookup": "data.dnanexus_projects.lab", "name": name, "id": concat("-", ["project", name]), "bill_to": "org-lab",
		"protected": false, "keeps_copies": false,
	},
	facts,
)

found(list, params) := fixture.state_totals({"projects": list}, params)

source := {"name": "runs", "address": "source.dnanexus.runs", "type": "dnanexus", "options": {}}

test_pass if {
	i := found([project("runs", {"protected": true}), project("vault", {"keeps_copies": true})], p)
	count(scope_8.deny | scope_8.unknown) == 0 with input as i
	count(scope_8.subjects) == 1 with input as i
}

test_fail if count(scope_8.deny) == 1 with input as found([project("runs", {"protected": true}), project("new", {})], p)

test_exempt if {
	count(scope_8.deny) == 0 with input as found([project("scratch", {})], {"exempt_projects": ["scratch"]})
	count(scope_8.deny) == 0 with input as found([project("scratch", {})], {"exempt_projects": ["project-scratch"]})
}

test_unknown if {
	i := fixture.with_config(found([], p), fixture.lists({"sources": [source]}, p).config)
	count(scope_8.unknown) == 1 with input as i
}

test_not_applicable if count(scope_8.subjects | scope_8.unknown) == 0 with input as found([], p)
