# METADATA
# title: A restore test does not restore over the source
# description: |
#   A test that writes into the source can destroy what it is to prove. Tests restore elsewhere, and remove again
#   what they restored.
# scope: package
# custom:
#   id: TEST-4
#   clauses: ["NIST SP 800-53 CP-4", "EU GMP Annex 11 (2011) 7.2"]
#   phases: [config, state]
#   severity: mandatory
#   fix: Give restore_test a target of its own, or none, which takes a temporary folder.
package backstay.control.test_4

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
	b.restore_test
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	some s in input.config.sources
	s.address == b.source
	inside(b.restore_test.target, s.options.path)
	msg := sprintf("The restore test of backup plan %q would write into its source.", [b.name])
}

unknown contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	some s in input.config.sources
	s.address == b.source
	s.type == "filesystem"
	not s.options.path
	b.restore_test.target
	msg := sprintf("Nothing tells whether the restore test of backup plan %q would write into its source: the source has no path.", [b.name])
}

inside(target, root) if plain(target) == plain(root)

inside(target, root) if startswith(plain(target), concat("", [plain(root), "/"]))

plain(p) := trim_prefix(trim_right(p, "/"), "./")

subjects contains subject_of(t) if some t in input.totals.tests

deny contains {"msg": "A restore test wrote over its source.", "address": subject_of(t)} if {
	some t in input.totals.tests
	t.over_source
}

warn contains {"msg": msg, "address": subject_of(t)} if {
	some t in input.totals.tests
	t.leftovers > 0
	msg := sprintf("%d objects that the last restore test brought back were not removed again.", [t.leftovers])
}

subject_of(t) := t.backup
