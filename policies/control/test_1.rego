# METADATA
# title: Restores are tested on a schedule
# description: |
#   A backup that was never restored is a hope. Each backup plan names how often samples are restored and checked.
# scope: package
# custom:
#   id: TEST-1
#   clauses: ["HIPAA 164.308(a)(7)(ii)(D)", "EU GMP Annex 11 (2011) 7.2", "ICH E6(R3) 4.3.3(d)", "NIST SP 800-53 CP-4", "CIS v8 11.5", "SOC 2 A1.3", "ISO/IEC 27001 A.8.13"]
#   phases: [config]
#   severity: overridable
#   parameters:
#     test_interval: {type: term, default: "90d", direction: lower, description: "time between restore tests"}
#   fix: Add a restore_test block with every = "90d".
package backstay.control.test_1

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not b.restore_test
	msg := sprintf("Backup plan %q has no restore_test block: nobody will know whether it can be restored.", [b.name])
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	b.restore_test.every_days > input.params.test_interval_days
	msg := sprintf("Backup plan %q tests a restore every %s, and %s is the limit.", [b.name, b.restore_test.every, input.params.test_interval])
}

unknown contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	b.restore_test
	not b.restore_test.every_days
	msg := sprintf("How often backup plan %q tests a restore cannot be told.", [b.name])
}
