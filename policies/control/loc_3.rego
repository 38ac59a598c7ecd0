# METADATA
# title: NIH controlled-access data rests on attested systems
# description: |
#   Controlled-access data lies on systems attested to NIST SP 800-171, copies included. A destination names what it
#   is attested to and until when.
# scope: package
# custom:
#   id: LOC-3
#   clauses: ["NIH NOT-OD-24-157", "NIST SP 800-171"]
#   phases: [config, plan, state]
#   severity: mandatory
#   parameters:
#     attestations: {type: list, default: ["NIST SP 800-171"], direction: superset, description: "what attested must contain"}
#     attestation_max_age: {type: term, default: "1y", direction: lower, description: "how far ahead an attestation may end"}
#   fix: Write attested = ["NIST SP 800-171"] and attested_until in the destination, once it is true.
package backstay.control.loc_3

controlled contains c.to if {
	some b in input.config.backups
	some s in input.config.sources
	s.address == b.source
	s.nih_controlled
	some c in b.copies
}

missing(d) := {a | some a in input.params.attestations} - {a | some a in d.attested}

subjects contains d.address if {
	some d in input.config.destinations
	d.address in controlled
}

deny contains {"msg": msg, "address": d.address} if {
	some d in input.config.destinations
	d.address in controlled
	some a in missing(d)
	msg := sprintf("%s takes NIH controlled-access data and is not attested to %s.", [d.address, a])
}

deny contains {"msg": msg, "address": d.address} if {
	some d in input.config.destinations
	d.address in controlled
	count(missing(d)) == 0
	d.attested_days_left > input.params.attestation_max_age_days
	msg := sprintf("The attestation of %s ends %d days from now: it is to be renewed at least every %s.", [d.address, d.attested_days_left, input.params.attestation_max_age])
}

unknown contains {"msg": msg, "address": d.address} if {
	some d in input.config.destinations
	d.address in controlled
	count(missing(d)) == 0
	d.attested_days_left < 0
	msg := sprintf("The attestation of %s ended on %s.", [d.address, d.attested_until])
}

unknown contains {"msg": msg, "address": d.address} if {
	some d in input.config.destinations
	d.address in controlled
	count(missing(d)) == 0
	not d.attested_until
	msg := sprintf("Until when %s is attested is not written down: write `attested_until`.", [d.address])
}
