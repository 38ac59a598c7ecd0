# METADATA
# title: Encrypted at rest
# description: |
#   Copies of data about persons are encrypted where they lie. A destination says how; a check compares that with
#   what the store tells, or with an attestation of the fact "encrypted_at_rest" where the store is not asked.
# scope: package
# custom:
#   id: PROT-1
#   clauses: ["NIST SP 800-53 CP-9(8)", "NIST SP 800-53 SC-28", "HIPAA 164.312(a)(2)(iv)", "GDPR Art. 32(1)(a)", "CIS v8 11.3", "NIST SP 800-171 03.08.09", "AWS Backup Audit Manager: encrypted"]
#   phases: [config, plan, state]
#   severity: mandatory
#   parameters:
#     ciphers: {type: list, default: ["aes256", "kms"], direction: subset, description: "ciphers that count, as stores name them"}
#   fix: Write an encryption block in the destination, with kind provider, customer or client.
package backstay.control.prot_1

import data.backstay.lib

# Destinations of data about persons.
sensitive contains c.to if {
	some b in input.config.backups
	lib.sensitive(b)
	some c in b.copies
}

subjects contains d.address if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in sensitive
}

deny contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in sensitive
	d.encryption.kind == "none"
	msg := sprintf("%s takes data about persons and does not encrypt it.", [d.address])
}

unknown contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in sensitive
	not d.encryption
	msg := sprintf("%s takes data about persons, and nothing tells whether it encrypts: write an encryption block.", [d.address])
}

plain contains d.address if {
	some d in input.config.destinations
	d.address in sensitive
	not encrypts(d)
}

encrypts(d) if d.encryption.kind in {"provider", "customer", "client"}

brings := {"copy", "recopy", "adopt"}

subjects contains input.change.address if {
	input.change.action in brings
	input.change.destination in sensitive
}

deny contains {"msg": "This change brings data about persons to a place that is not known to encrypt.", "address": input.change.address} if {
	input.change.action in brings
	input.change.destination in plain
}

subjects contains t.destination if {
	some t in input.totals.destinations
	t.destination in sensitive
}

deny contains {"msg": "The store says that it does not encrypt.", "address": t.destination} if {
	some t in input.totals.destinations
	t.destination in sensitive
	t.store.encrypted == false
}

deny contains {"msg": msg, "address": t.destination} if {
	some t in input.totals.destinations
	t.destination in sensitive
	t.store.encrypted
	t.store.cipher
	not t.store.cipher in input.params.ciphers
	msg := sprintf("The store encrypts with %s, and %s are asked for.", [t.store.cipher, concat(" or ", input.params.ciphers)])
}

told(t) if t.store.encrypted

told(t) if t.store.encrypted == false

unknown contains {"msg": "The store was not asked whether it encrypts, and nobody attests it (fact \"encrypted_at_rest\").", "address": t.destination} if {
	some t in input.totals.destinations
	t.destination in sensitive
	not told(t)
	not lib.attested("encrypted_at_rest")
}
