# METADATA
# title: A restore does not bring back the erased
# description: |
#   Between an erasure and the end of the last copy a restore would undo it. Each backup plan of personal data names
#   the list of erased persons. No part of the program leaves them out of a restore yet, so that whoever restores
#   does it, and attests that it is done (fact "erasure_list").
# scope: package
# custom:
#   id: PRIV-2
#   clauses: ["GDPR Art. 17", "ICO guidance on the right to erasure and backups"]
#   phases: [config, plan, state]
#   severity: mandatory
#   fix: Write an erasure block with list = "erased.txt", and have those who restore attest that they follow it.
package backstay.control.priv_2

import data.backstay.lib

subjects contains b.address if {
	some b in input.config.backups
	lib.personal(b)
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	lib.personal(b)
	not b.erasure.list
	msg := sprintf("Backup plan %q protects personal data, and no list says who was erased: a restore would bring them back.", [b.name])
}

deferred contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	lib.personal(b)
	b.erasure.list
	msg := sprintf("Whether a restore of backup plan %q leaves out those on %s is decided in plan and check.", [b.name, b.erasure.list])
}

later if input.phase in {"plan", "state"}

unknown contains {"msg": msg, "address": b.address} if {
	later
	some b in input.config.backups
	lib.personal(b)
	not lib.attested("erasure_list")
	msg := sprintf("Nothing compares a restore of backup plan %q with the list of erased persons, and nobody attests that those who restore do (fact \"erasure_list\").", [b.name])
}
