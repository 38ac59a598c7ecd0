# METADATA
# title: A restore has its key
# description: |
#   An encrypted copy is worth what its key is worth. The key lies in another account than the copy, somebody holds
#   it in escrow, and a restore test has used it.
# scope: package
# custom:
#   id: RTO-2
#   clauses: ["NIST SP 800-53 SC-12(1)", "NIST SP 800-53 CP-9(8)", "HIPAA 164.308(a)(7)(ii)(B)"]
#   phases: [config, plan, state]
#   severity: mandatory
#   fix: Keep the key in an account of its own (key_account), give it into escrow and attest that with the fact "key_escrow".
package backstay.control.rto_2

import data.backstay.lib

# Keys of ours, which we can lose.
ours := {"customer", "client"}

keyed contains d if {
	some d in input.config.destinations
	d.encryption.kind in ours
}

subjects contains d.address if {
	input.phase == "config"
	some d in keyed
}

deny contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.encryption.kind in ours
	d.encryption.key_account in accounts(d)
	msg := sprintf("The key of %s lies in the account of the copies themselves, %s: what takes the account takes both.", [d.address, d.encryption.key_account])
}

accounts(d) := {a | some name in ["bill_to", "operator"]; a := d[name]} | {a | a := d.options.account}

unknown contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.encryption.kind in ours
	not d.encryption.key_account
	msg := sprintf("Nothing tells in which account the key of %s lies: write `key_account`.", [d.address])
}

unknown contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.encryption.kind in ours
	d.encryption.key_account
	not lib.attested("key_escrow")
	msg := sprintf("Nobody says that the key of %s is held in escrow: attest the fact \"key_escrow\".", [d.address])
}

subjects contains d.address if {
	input.phase == "plan"
	some d in keyed
}

unknown contains {"msg": msg, "address": d.address} if {
	input.phase == "plan"
	some d in input.config.destinations
	d.encryption.kind in ours
	not lib.attested("key_escrow")
	msg := sprintf("Whether the key of %s is about to be deleted is not known, and nobody attests that it is in escrow.", [d.address])
}

subjects contains d.address if {
	count(input.totals.tests) >= 0
	some d in keyed
}

proved contains t.destination if {
	some t in input.totals.tests
	t.outcome == "pass"
}

failed contains t.destination if {
	some t in input.totals.tests
	t.outcome == "fail"
}

deny contains {"msg": msg, "address": d.address} if {
	some d in keyed
	d.address in failed
	not d.address in proved
	msg := sprintf("The last restore test from %s failed, so nothing proves that its key still opens it.", [d.address])
}

unknown contains {"msg": msg, "address": d.address} if {
	count(input.totals.tests) >= 0
	some d in keyed
	not d.address in proved
	not d.address in failed
	msg := sprintf("No restore test has used the key of %s.", [d.address])
}
