# METADATA
# title: Tests reach every destination
# description: |
#   A destination that no test ever restored from may hold nothing that comes back. Each backup plan's sample is
#   large enough for one object of each class from each destination, and a test of each is on record.
# scope: package
# custom:
#   id: TEST-3
#   clauses: ["NIST SP 800-53 CP-9(2)", "EU GMP Annex 11 (2011) 17"]
#   phases: [config, state]
#   severity: overridable
#   parameters:
#     max_untested_cells: {type: number, default: 0, direction: lower, description: "destinations of a backup plan without a test"}
#   fix: Run drill for each destination, and raise sample where there are many classes.
package backstay.control.test_3

classes(b) := {s.class | some s in b.scope.includes}

# One object of each class, at least one, from each destination.
cells(b) := max([1, count(classes(b))]) * count({c.to | some c in b.copies})

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
	b.restore_test
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	b.restore_test.sample < cells(b)
	msg := sprintf("The restore test of backup plan %q takes %d objects, and its classes and destinations make %d cells.", [b.name, b.restore_test.sample, cells(b)])
}

tested contains [t.backup, t.destination] if {
	some t in input.totals.tests
	t.destination
}

untested[b.address] contains c.to if {
	some b in input.config.backups
	some c in b.copies
	not [b.address, c.to] in tested
}

subjects contains b.address if {
	count(input.totals.tests) > 0
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	count(input.totals.tests) > 0
	some b in input.config.backups
	count(untested[b.address]) > input.params.max_untested_cells
	msg := sprintf("No restore test from %s is on record for backup plan %q.", [concat(", ", untested[b.address]), b.name])
}

unknown contains {"msg": "No restore test is on record.", "address": b.address} if {
	count(input.totals.tests) == 0
	some b in input.config.backups
	b.copies
}
