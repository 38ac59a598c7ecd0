# METADATA
# title: Separate reach
# description: |
#   Whoever can delete the source must not be able to delete every copy. One copy lies where the source's writers
#   have no right to delete: offline, locked, locked down, or with deleters of its own. No change of a plan grants
#   a right, but one that lowers a lock may open a copy to those who can delete the source.
# scope: package
# custom:
#   id: COPY-7
#   clauses: ["NIST SP 800-53 CP-9(7)", "AWS Backup Audit Manager: cross-account copy", "platform guidance on backups"]
#   phases: [config, plan, state]
#   severity: overridable
#   parameters:
#     allow_shared_admin: {type: boolean, default: false, direction: "false", description: "one administrator may have both"}
#   fix: Give the destination an account of its own and say who can delete there, or lock it.
package backstay.control.copy_7

import data.backstay.lib

closed(d, _) if d.offline

closed(d, _) if d.lockdown

closed(_, c) if c.lock.mode == "compliance"

closed(d, _) if {
	d.deleters_known
	count(d.deleters) == 0
}

apart[b.address] contains d.address if {
	some b in input.config.backups
	some c in b.copies
	some d in input.config.destinations
	d.address == c.to
	closed(d, c)
}

# Folders of one machine are in reach of one user.
shared[b.address] contains d.address if {
	some b in input.config.backups
	some c in b.copies
	c.same_system
	some d in input.config.destinations
	d.address == c.to
	d.type == "filesystem"
	not closed(d, c)
}

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
	not input.params.allow_shared_admin
}

settled(b) if count(apart[b.address]) > 0

all_shared(b) if count(shared[b.address]) == count({c.to | some c in b.copies})

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not input.params.allow_shared_admin
	not settled(b)
	all_shared(b)
	msg := sprintf("Who can delete the source of backup plan %q can delete every copy: all are folders of the same machine.", [b.name])
}

unknown contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not input.params.allow_shared_admin
	not settled(b)
	not all_shared(b)
	msg := sprintf("Nothing tells whether who can delete the source of backup plan %q can delete its copies, too: write `deleters`, `lockdown` or a lock.", [b.name])
}

subjects contains b.address if {
	count(input.totals.backups) >= 0
	some b in input.config.backups
	not input.params.allow_shared_admin
}

# Backup plans with a destination where nobody can delete who can at the source.
apart_now contains t.backup if {
	some t in input.totals.backups
	some r in t.reach
	r.shared == 0
}

# Backup plans of which every destination tells that somebody can delete at both.
shared_now contains t.backup if {
	some t in input.totals.backups
	count(t.reach) > 0
	every r in t.reach {
		r.shared > 0
	}
}

deny contains {"msg": msg, "address": b.address} if {
	some b in input.config.backups
	b.address in shared_now
	not input.params.allow_shared_admin
	not detached(b)
	msg := sprintf("Somebody who can delete the source of backup plan %q can delete its copies at every destination, as the systems say.", [b.name])
}

unknown contains {"msg": "Who can delete at the source and at its copies was not compared, and nobody attests it (fact \"separate_reach\").", "address": b.address} if {
	count(input.totals.backups) >= 0
	some b in input.config.backups
	not input.params.allow_shared_admin
	not b.address in apart_now
	not b.address in shared_now
	not lib.attested("separate_reach")
	not detached(b)
}

# What is offline is out of reach, whoever has which rights.
detached(b) if {
	some c in b.copies
	some d in input.config.destinations
	d.address == c.to
	d.offline
}

subjects contains input.change.address if {
	input.change.lock_change == "lowered"
	not input.params.allow_shared_admin
}

# Destinations that are out of reach whatever locks say.
closed_anyway contains d.address if {
	some d in input.config.destinations
	closed(d, {})
}

# Destinations that are folders of the machine that the source is on.
folders[b.address] contains d.address if {
	some b in input.config.backups
	some c in b.copies
	c.same_system
	some d in input.config.destinations
	d.address == c.to
	d.type == "filesystem"
	not d.address in closed_anyway
}

deny contains {"msg": "This change lowers the lock that keeps a copy out of the reach of who can delete the source: both are folders of one machine.", "address": input.change.address} if {
	input.change.lock_change == "lowered"
	not input.params.allow_shared_admin
	one_machine
}

unknown contains {"msg": "This change lowers a lock, and nothing tells whether who can delete the source could then delete the copy.", "address": input.change.address} if {
	input.change.lock_change == "lowered"
	not input.params.allow_shared_admin
	not input.change.destination in closed_anyway
	not one_machine
}

one_machine if input.change.destination in folders[input.change.backup]
