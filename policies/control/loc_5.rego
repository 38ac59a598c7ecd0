# METADATA
# title: Copies stay where the licence reaches
# description: |
#   A licence of a platform covers some clouds and regions. A copy elsewhere is billed otherwise, or not allowed.
# scope: package
# custom:
#   id: LOC-5
#   clauses: ["platform licence: clouds and regions"]
#   phases: [config, plan]
#   severity: advisory
#   parameters:
#     licensed: {type: list, default: [], direction: subset, description: "regions that the licence covers; none: nothing is asked"}
#   fix: Send the copy to a region of the licence, or have the licence widened.
package backstay.control.loc_5

# Platforms whose use is licensed by region.
licensed_types := {"dnanexus"}

asked contains d.address if {
	some d in input.config.destinations
	d.type in licensed_types
	count(input.params.licensed) > 0
}

outside contains d.address if {
	some d in input.config.destinations
	d.address in asked
	d.region
	not d.region in input.params.licensed
}

subjects contains d if {
	input.phase == "config"
	some d in asked
}

deny contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in outside
	msg := sprintf("The licence covers %s, and %s lies in %s.", [concat(", ", input.params.licensed), d.address, d.region])
}

unknown contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in asked
	not d.region
	msg := sprintf("The region of %s is not written down.", [d.address])
}

subjects contains input.change.address if {
	input.change.action in {"copy", "recopy"}
	input.change.destination in asked
}

deny contains {"msg": "This change brings data to a region that the licence does not cover.", "address": input.change.address} if {
	input.change.action in {"copy", "recopy"}
	input.change.destination in outside
}
