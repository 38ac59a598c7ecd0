# METADATA
# title: One copy that nobody can change
# description: |
#   Who gets hold of the administrator's rights can delete everything that is reachable. One copy is out of reach
#   for its term: offline, or locked in a mode that nobody can undo.
# scope: package
# custom:
#   id: COPY-4
#   clauses: ["3-2-1-1-0", "CIS v8 11.4", "AWS Backup Audit Manager: air-gapped vault"]
#   phases: [config, plan, state]
#   severity: overridable
#   parameters:
#     lock_modes: {type: list, default: ["compliance"], direction: subset, description: "modes of lock that count"}
#     min_lock_days: {type: number, default: 30, direction: higher, description: "days that a lock lasts at least"}
#   fix: Send one copy to a medium that is offline between runs, or lock it with mode = "compliance".
package backstay.control.copy_4

offline contains d.address if {
	some d in input.config.destinations
	d.offline
}

locked(c) if {
	c.lock.mode in input.params.lock_modes
	c.lock["for"] == "forever"
}

locked(c) if {
	c.lock.mode in input.params.lock_modes
	c.lock.for_days >= input.params.min_lock_days
}

immutable(b) if {
	some c in b.copies
	c.to in offline
}

immutable(b) if {
	some c in b.copies
	locked(c)
}

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not immutable(b)
	msg := sprintf("No copy of backup plan %q is offline or locked in mode %s for %d days: one administrator can delete all.", [b.name, concat(" or ", input.params.lock_modes), input.params.min_lock_days])
}

subjects contains input.change.address if input.change.lock_change in {"same", "raised", "lowered"}

deny contains {"msg": "This change would take a lock away or end it earlier.", "address": input.change.address} if {
	input.change.lock_change == "lowered"
	not input.change.removes
}

# In state the lock that the store told counts, not the one that was asked for.
asked contains {"backup": b.address, "to": c.to} if {
	some b in input.config.backups
	some c in b.copies
	locked(c)
}

judged if {
	input.copy.current
	input.copy.kind == "file"
	input.copy.status in {"written", "verified"}
	some a in asked
	a.to == input.copy.destination
	a.backup in input.copy.backups
	not a.to in offline
}

subjects contains input.copy.address if judged

deny contains {"msg": msg, "address": input.copy.address} if {
	judged
	input.copy.lock_mode
	not input.copy.lock_mode in input.params.lock_modes
	msg := sprintf("The store holds this copy under a lock of mode %s, which can be undone.", [input.copy.lock_mode])
}

unknown contains {"msg": "What lock the store holds this copy under is not on record.", "address": input.copy.address} if {
	judged
	not input.copy.lock_mode
}
