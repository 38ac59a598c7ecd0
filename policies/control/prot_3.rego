# METADATA
# title: The key is ours
# description: |
#   For data about persons the key is the customer's own, so that no provider can read it alone, and it changes now
#   and then. A plan lists the keys that changed since the last apply: what was copied before lies under another one.
# scope: package
# custom:
#   id: PROT-3
#   clauses: ["NIST SP 800-53 SC-12", "HIPAA 164.312(a)(2)(iv)"]
#   phases: [config, plan, state]
#   severity: advisory
#   parameters:
#     key_max_age: {type: term, default: "400d", direction: lower, description: "time between rotations"}
#   fix: Use an encryption block with kind customer or client, and write the day of its last rotation.
package backstay.control.prot_3

import data.backstay.lib

sensitive contains c.to if {
	some b in input.config.backups
	lib.sensitive(b)
	some c in b.copies
}

ours := {"customer", "client"}

subjects contains d.address if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in sensitive
}

deny contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in sensitive
	d.encryption.kind in {"none", "provider"}
	msg := sprintf("The key of %s is not ours: its kind is %q.", [d.address, d.encryption.kind])
}

unknown contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in sensitive
	not d.encryption
	msg := sprintf("Nothing tells who holds the key of %s: write an encryption block.", [d.address])
}

subjects contains d.address if {
	input.phase == "state"
	some d in input.config.destinations
	d.address in sensitive
	d.encryption.kind in ours
}

deny contains {"msg": msg, "address": d.address} if {
	input.phase == "state"
	some d in input.config.destinations
	d.address in sensitive
	d.encryption.kind in ours
	d.encryption.rotated_days > input.params.key_max_age_days
	msg := sprintf("The key of %s was last rotated %d days ago, and %s is the limit.", [d.address, d.encryption.rotated_days, input.params.key_max_age])
}

unknown contains {"msg": msg, "address": d.address} if {
	input.phase == "state"
	some d in input.config.destinations
	d.address in sensitive
	d.encryption.kind in ours
	not d.encryption.rotated
	msg := sprintf("When the key of %s was last rotated is not written down.", [d.address])
}

subjects contains d.address if {
	count(input.summary.destinations) >= 0
	some d in input.config.destinations
	d.address in sensitive
	d.encryption.kind in ours
}

warn contains {"msg": msg, "address": d.address} if {
	count(input.summary.destinations) >= 0
	some d in input.config.destinations
	d.address in sensitive
	d.encryption.kind in ours
	d.encryption.rotated_days < input.run.last_applied_days
	msg := sprintf("The key of %s changed on %s, after the last apply: what was copied before lies under the one before it.", [d.address, d.encryption.rotated])
}

unknown contains {"msg": msg, "address": d.address} if {
	count(input.summary.destinations) >= 0
	some d in input.config.destinations
	d.address in sensitive
	d.encryption.kind in ours
	not d.encryption.rotated
	msg := sprintf("Whether the key of %s changed since the last apply is not known: write the day of its last rotation.", [d.address])
}
