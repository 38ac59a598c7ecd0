# METADATA
# title: Evidence outlives the duty to show it
# description: |
#   Plans, decisions and records of runs must be there as long as somebody may ask for them. Nothing in the program
#   ends a run's record: the chain goes from the first run to the last, here and at the destinations, and this
#   control holds while it verifies and another place holds it, too. In config it is open until a check reads the chain.
# scope: package
# custom:
#   id: RET-9
#   clauses: ["45 CFR 164.316(b)(2)(i)", "28 CFR 202.1101", "PCI DSS 10.5.1"]
#   phases: [config, state]
#   severity: mandatory
#   parameters:
#     evidence_keep: {type: term, default: "2192d", direction: higher, description: "how long evidence must stay; records at destinations are locked or kept at least so long"}
#   fix: Run audit verify. Where the chain is broken, rebuild it from a destination that holds it.
package backstay.control.ret_9

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

# A copy of the chain lies where the copies lie. A lockdown that ends before it
# cannot be told from the configuration.
deferred contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	count(b.copies) > 0
	msg := sprintf("The evidence of backup plan %q is asked for %s; a check reads whether the chain is whole.", [b.name, input.params.evidence_keep])
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	count(b.copies) == 0
	msg := sprintf("Backup plan %q has no destination that could hold its evidence.", [b.name])
}

subjects contains "audit" if input.totals.audit.checked

deny contains {"msg": "The chain of runs does not verify: evidence is missing or was changed.", "address": "audit"} if {
	input.totals.audit.checked
	not input.totals.audit.intact
}

deny contains {"msg": "The chain of runs lies at no destination: what takes the state takes the evidence.", "address": "audit"} if {
	input.totals.audit.checked
	input.totals.audit.intact
	input.totals.audit.entries > 0
	count(input.totals.audit.replicas) == 0
}

unknown contains {"msg": "The chain of runs was not verified, so nobody knows how far the evidence goes back.", "address": "audit"} if {
	not input.totals.audit.checked
	count(input.totals.audit.replicas) >= 0
}
