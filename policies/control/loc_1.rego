# METADATA
# title: The region is allowed
# description: |
#   Personal data leaves a legal area only by a decision. The regions that copies may lie in are listed; a copy
#   elsewhere is refused before it is made. A region counts by its name, or by its country.
# scope: package
# custom:
#   id: LOC-1
#   clauses: ["GDPR Art. 44-46"]
#   phases: [config, plan, state]
#   severity: mandatory
#   parameters:
#     allowed_regions: {type: list, default: [], direction: subset, description: "regions or countries that copies may lie in; must be set for personal data"}
#   fix: List allowed_regions in the params of the policy block, and give each destination its region or country.
package backstay.control.loc_1

import data.backstay.lib

# Destinations of backup plans that the list is for: with personal data always,
# with other data once there is a list.
bound contains c.to if {
	some b in input.config.backups
	concerned(b)
	some c in b.copies
}

concerned(b) if lib.personal(b)

concerned(b) if {
	count(input.params.allowed_regions) > 0
	b.source
}

subjects contains d.address if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in bound
}

inside(d) if d.region in input.params.allowed_regions

inside(d) if d.country in input.params.allowed_regions

placed(d) if d.region

placed(d) if d.country

outside contains d.address if {
	some d in input.config.destinations
	d.address in bound
	count(input.params.allowed_regions) > 0
	placed(d)
	not inside(d)
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	lib.personal(b)
	count(input.params.allowed_regions) == 0
	msg := sprintf("Backup plan %q protects personal data, and no allowed_regions are set: it could go anywhere.", [b.name])
}

deny contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in outside
	msg := sprintf("%s lies in none of %s.", [d.address, concat(", ", input.params.allowed_regions)])
}

unknown contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in bound
	count(input.params.allowed_regions) > 0
	not placed(d)
	msg := sprintf("Nothing tells where %s lies: write `region` or `country`.", [d.address])
}

subjects contains input.change.address if {
	input.change.action in {"copy", "recopy", "adopt"}
	input.change.destination in bound
}

deny contains {"msg": "This change brings data to a region that is not allowed.", "address": input.change.address} if {
	input.change.action in {"copy", "recopy", "adopt"}
	input.change.destination in outside
}

subjects contains input.copy.address if {
	not input.copy.removed
	input.copy.destination in bound
}

deny contains {"msg": "This copy lies in a region that is not allowed.", "address": input.copy.address} if {
	not input.copy.removed
	input.copy.destination in outside
}
