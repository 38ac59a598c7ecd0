# METADATA
# title: The lock covers the floor
# description: |
#   A record that law asks for is locked for as long as law asks, in the mode that nobody can undo. No change takes
#   a lock away or makes it shorter, and what the store says of its locks is compared with what was asked.
# scope: package
# custom:
#   id: PROT-5
#   clauses: ["21 CFR 11.10(c)", "AWS Backup Audit Manager: vault lock"]
#   phases: [config, plan, state]
#   severity: mandatory
#   parameters:
#     min_cooloff: {type: term, default: "72h", direction: higher, description: "time in which a lock that was set by mistake can be undone, where its store has one"}
#   fix: Give the record copy a lock block with mode = "compliance", for at least the floor.
package backstay.control.prot_5

import data.backstay.control.ret_1
import data.backstay.lib

# Record copies of backup plans that a floor holds for, with its days.
records contains {"backup": b, "copy": c, "floors": ret_1.floors[b.address]} if {
	some b in input.config.backups
	count(ret_1.floors[b.address]) > 0
	some c in b.copies
	c.purpose == "record"
}

subjects contains r.copy.address if {
	input.phase == "config"
	some r in records
}

deny contains {"msg": msg, "address": c.address} if {
	input.phase == "config"
	some b in input.config.backups
	count(ret_1.floors[b.address]) > 0
	some c in b.copies
	c.purpose == "record"
	not c.lock
	msg := sprintf("Copy %q is a record under %s and has no lock.", [c.name, upper(concat(", ", b.regimes))])
}

deny contains {"msg": msg, "address": c.address} if {
	input.phase == "config"
	some b in input.config.backups
	count(ret_1.floors[b.address]) > 0
	some c in b.copies
	c.purpose == "record"
	c.lock.mode == "governance"
	msg := sprintf("The lock of record copy %q is in governance mode, which an administrator can undo.", [c.name])
}

deny contains {"msg": msg, "address": c.address} if {
	input.phase == "config"
	some b in input.config.backups
	some f in ret_1.floors[b.address]
	some c in b.copies
	c.purpose == "record"
	not covered(c.lock, f)
	c.lock["for"]
	msg := sprintf("The lock of record copy %q ends after %s, and %s asks for %s.", [c.name, c.lock["for"], f.clause, ret_1.asked(f)])
}

covered(lock, _) if lock["for"] == "forever"

covered(lock, f) if {
	some a in f.any_of
	lock.for_days >= a.days
}

unknown contains {"msg": msg, "address": r.copy.address} if {
	input.phase == "config"
	some r in records
	r.copy.lock
	not r.copy.lock["for"]
	msg := sprintf("How long copy %q is locked cannot be told.", [r.copy.name])
}

subjects contains input.change.address if input.change.lock_change in {"same", "raised", "lowered"}

deny contains {"msg": "This change would take a lock away or end it earlier.", "address": input.change.address} if {
	input.change.lock_change == "lowered"
	not input.change.removes
}

locked_copies contains {"backup": b.address, "to": c.to, "mode": c.lock.mode} if {
	some b in input.config.backups
	some c in b.copies
	c.lock
}

subjects contains input.copy.address if {
	input.copy.current
	some l in locked_copies
	l.to == input.copy.destination
	l.backup in input.copy.backups
	input.copy.kind == "file"
}

deny contains {"msg": msg, "address": input.copy.address} if {
	input.copy.current
	some l in locked_copies
	l.to == input.copy.destination
	l.backup in input.copy.backups
	l.mode == "compliance"
	input.copy.lock_mode == "governance"
	msg := "The store holds this copy under governance mode, and compliance was asked for."
}

unknown contains {"msg": "What lock the store holds this copy under is not on record.", "address": input.copy.address} if {
	input.copy.current
	some l in locked_copies
	l.to == input.copy.destination
	l.backup in input.copy.backups
	input.copy.kind == "file"
	not input.copy.lock_mode
}

# Stores that make a lock permanent only after a while: how long is theirs to
# tell, and no part of the program asks.
unknown contains {"msg": msg, "address": r.copy.address} if {
	input.phase == "state"
	some r in records
	r.copy.lock.mode == "compliance"
	not lib.attested("lock_cooloff")
	msg := sprintf("Whether a lock set by mistake can be undone within %s is not known; attest the fact \"lock_cooloff\".", [input.params.min_cooloff])
}
