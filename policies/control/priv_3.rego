# METADATA
# title: No lock beyond a ceiling or a consent
# description: |
#   A lock in compliance mode cannot be undone by anybody. On personal data it is refused before it is set where it
#   would outlast the ceiling of the data, or a consent with an end.
# scope: package
# custom:
#   id: PRIV-3
#   clauses: ["GDPR Art. 5(1)(e)", "GDPR Art. 7(3)"]
#   phases: [config, plan]
#   severity: mandatory
#   fix: Lock for less than keep_max, or in governance mode.
package backstay.control.priv_3

import data.backstay.lib

locks contains {"backup": b.address, "to": c.to, "copy": c} if {
	some b in input.config.backups
	lib.personal(b)
	some c in b.copies
	c.lock
}

subjects contains l.copy.address if {
	input.phase == "config"
	some l in locks
}

deny contains {"msg": msg, "address": c.address} if {
	input.phase == "config"
	some b in input.config.backups
	lib.personal(b)
	b.retention.keep_max_days
	some c in b.copies
	c.lock
	not within(c.lock, b.retention)
	msg := sprintf("Copy %q would lock personal data for %s, and its ceiling is %s: a lock cannot be undone later.", [c.name, c.lock["for"], b.retention.keep_max])
}

within(lock, r) if lock.for_days <= r.keep_max_days

unknown contains {"msg": msg, "address": c.address} if {
	input.phase == "config"
	some b in input.config.backups
	lib.personal(b)
	not b.retention.keep_max
	some c in b.copies
	c.lock.mode == "compliance"
	msg := sprintf("Copy %q locks personal data, and whether that outlasts its ceiling is not known: write keep_max.", [c.name])
}

too_long contains {"backup": b.address, "copy": c.name} if {
	some b in input.config.backups
	lib.personal(b)
	b.retention.keep_max_days
	some c in b.copies
	c.lock
	not within(c.lock, b.retention)
}

locks_now if input.change.action in {"copy", "recopy", "adopt", "lock"}

subjects contains input.change.address if {
	locks_now
	some l in locks
	l.backup == input.change.backup
	l.copy.name == input.change.copy
}

deny contains {"msg": "This change would lock personal data beyond its ceiling, and nobody could undo it.", "address": input.change.address} if {
	locks_now
	some t in too_long
	t.backup == input.change.backup
	t.copy == input.change.copy
}

consents contains a.expires if {
	some a in input.config.attests
	a.fact == "consent"
	a.expires
}

deny contains {"msg": msg, "address": input.change.address} if {
	locks_now
	some l in locks
	l.backup == input.change.backup
	l.copy.name == input.change.copy
	some day in consents
	input.change.after.locked_until > day
	msg := sprintf("This change would lock personal data beyond the consent, which ends on %s.", [day])
}
