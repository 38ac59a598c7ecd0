# METADATA
# title: Bulk human data does not go to countries of concern
# description: |
#   Genomic data of more than 100 persons in the United States, and other 'omic data of more than 1,000, does not go
#   to a country of concern or to a covered person, encrypted or not. The persons of all sources that reach a
#   destination are added up; those of sources removed within the last 12 months have to be added by whoever knows.
# scope: package
# custom:
#   id: LOC-2
#   clauses: ["28 CFR 202.205", "28 CFR 202.206", "28 CFR 202.303"]
#   phases: [config, plan, state]
#   severity: mandatory
#   parameters:
#     countries_of_concern: {type: list, default: ["CN", "HK", "MO", "CU", "IR", "KP", "RU", "VE"], direction: superset, description: "by ISO 3166-1 alpha-2"}
#     covered_persons: {type: list, default: [], direction: superset, description: "operators that are covered persons, by name"}
#     genomic_threshold: {type: number, default: 100, direction: lower, description: "persons with genomic data"}
#     omic_threshold: {type: number, default: 1000, direction: lower, description: "persons with other 'omic data"}
#     genomic: {type: boolean, default: true, direction: "true", description: "the sources hold genomic data; false: other 'omic data alone"}
#   fix: Send the copies elsewhere. Where the data is not about persons in the United States, say subjects = 0.
package backstay.control.loc_2

threshold := input.params.genomic_threshold if input.params.genomic

threshold := input.params.omic_threshold if not input.params.genomic

# Sources that reach a destination.
reaching[d.address] contains s.address if {
	some d in input.config.destinations
	some b in input.config.backups
	some c in b.copies
	c.to == d.address
	some s in input.config.sources
	s.address == b.source
}

persons[d.address] := sum([s.subjects | some s in input.config.sources; s.address in reaching[d.address]; s.subjects >= 0]) if {
	some d in input.config.destinations
}

uncounted[d.address] := [s.address | some s in input.config.sources; s.address in reaching[d.address]; not s.subjects] if {
	some d in input.config.destinations
}

of_concern(d) if d.country in input.params.countries_of_concern

of_concern(d) if d.operator in input.params.covered_persons

told(d) if {
	d.country
	not of_concern(d)
}

bulk(d) if persons[d.address] > threshold

subjects contains d.address if {
	some d in input.config.destinations
	bulk(d)
}

subjects contains d.address if {
	some d in input.config.destinations
	of_concern(d)
	reaching[d.address]
}

deny contains {"msg": msg, "address": d.address} if {
	some d in input.config.destinations
	of_concern(d)
	bulk(d)
	msg := sprintf("Data of %d persons would lie at %s, which is in a country of concern or with a covered person; %d is the limit, encrypted or not.", [persons[d.address], d.address, threshold])
}

unknown contains {"msg": msg, "address": d.address} if {
	some d in input.config.destinations
	of_concern(d)
	not bulk(d)
	some s in uncounted[d.address]
	msg := sprintf("%s lies in a country of concern or with a covered person, and how many persons the data of %s is about is not written down: write `subjects`.", [d.address, s])
}

unknown contains {"msg": msg, "address": d.address} if {
	some d in input.config.destinations
	bulk(d)
	not of_concern(d)
	not told(d)
	msg := sprintf("Data of %d persons goes to %s, and nothing tells in which country that lies: write `country`.", [persons[d.address], d.address])
}
