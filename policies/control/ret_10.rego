# METADATA
# title: Archive tiers have a minimum stay
# description: |
#   What leaves an archive tier early is billed for the rest of its minimum stay. A term that ends before it costs
#   as much as a longer one.
# scope: package
# custom:
#   id: RET-10
#   clauses: ["DNAnexus archive service terms: 90 days on AWS, 180 days on Azure", "Amazon S3 Glacier: 90 and 180 days"]
#   phases: [config, plan]
#   severity: advisory
#   fix: Keep copies at least archive_after and the minimum stay together, or use a tier without one.
package backstay.control.ret_10

import data.backstay.lib

stays contains {"backup": b.address, "copy": c.address, "name": c.name, "days": max({t.min_stay_days | some t in tiers}), "keep": b.retention.keep_days, "after": after(c)} if {
	some b in input.config.backups
	some c in b.copies
	some d in input.config.destinations
	d.address == c.to
	tiers := lib.tiers_of(c, d)
	count(tiers) > 0
}

after(c) := c.archive_after_days

after(c) := 0 if not c.archive_after

subjects contains s.copy if {
	input.phase == "config"
	some s in stays
	s.days > 0
}

deny contains {"msg": msg, "address": s.copy} if {
	input.phase == "config"
	some s in stays
	s.days > 0
	s.keep < s.after + s.days
	msg := sprintf("Copy %q goes to its tier after %d days, stays there for at least %d by the price list, and its term ends after %d: the rest is paid for nothing.", [s.name, s.after, s.days, s.keep])
}

unknown contains {"msg": msg, "address": c.address} if {
	input.phase == "config"
	some b in input.config.backups
	some c in b.copies
	some d in input.config.destinations
	d.address == c.to
	count(lib.tiers_of(c, d)) == 0
	msg := sprintf("The minimum stay of the storage class of copy %q is not known.", [c.name])
}

leaving := sum([n.objects | some action in ["unarchive", "retire", "expire"]; n := input.summary.actions[action]])

subjects contains "plan" if {
	leaving > 0
	some s in stays
	s.days > 0
}

warn contains {"msg": msg, "address": "plan"} if {
	leaving > 0
	input.summary.cost.known
	input.summary.cost.early_deletion > 0
	msg := sprintf("Copies leave their tier early: %v %s for the rest of the minimum stay.", [input.summary.cost.early_deletion, currency])
}

unknown contains {"msg": "Copies leave a tier with a minimum stay, and what that costs is not known: a price is missing.", "address": "plan"} if {
	leaving > 0
	not input.summary.cost.known
	some s in stays
	s.days > 0
}

default currency := ""

currency := input.summary.cost.currency
