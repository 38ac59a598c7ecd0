# METADATA
# title: The erased leave the copies, too
# description: |
#   A person whose data is erased leaves the copies by the end of a stated cycle. A lock on personal data that lasts
#   longer than the cycle needs a ground, which is attested with the fact "erasure_ground".
# scope: package
# custom:
#   id: PRIV-1
#   clauses: ["GDPR Art. 17", "GDPR Art. 17(3)", "ICO guidance on the right to erasure and backups", "ISO/IEC 27001 A.8.10"]
#   phases: [config, plan, state]
#   severity: overridable
#   parameters:
#     erasure_lag: {type: term, default: "90d", direction: lower, description: "time until all copies of an erased person are gone"}
#   fix: Write an erasure block with max_lag = "90d", and lock personal data no longer than that.
package backstay.control.priv_1

import data.backstay.lib

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
	lib.personal(b)
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	lib.personal(b)
	not b.erasure.max_lag
	msg := sprintf("Backup plan %q protects personal data and does not say by when an erased person leaves its copies.", [b.name])
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	lib.personal(b)
	b.erasure.max_lag
	not in_lag(b.erasure)
	msg := sprintf("Backup plan %q lets erased persons stay for %s, and %s is the limit.", [b.name, b.erasure.max_lag, input.params.erasure_lag])
}

in_lag(e) if e.max_lag_days <= input.params.erasure_lag_days

deny contains {"msg": msg, "address": c.address} if {
	input.phase == "config"
	some b in input.config.backups
	lib.personal(b)
	some c in b.copies
	c.lock
	not brief(c.lock)
	not lib.attested("erasure_ground")
	msg := sprintf("Copy %q locks personal data for %s: nobody could erase a person within %s, and no ground is attested.", [c.name, c.lock["for"], input.params.erasure_lag])
}

brief(lock) if lock.for_days <= input.params.erasure_lag_days

subjects contains b.address if {
	count(input.totals.backups) >= 0
	some b in input.config.backups
	lib.personal(b)
}

deny contains {"msg": msg, "address": b.address} if {
	input.totals.erasure.overdue.objects > 0
	some b in input.config.backups
	lib.personal(b)
	msg := sprintf("%d copies of erased persons are there past the lag.", [input.totals.erasure.overdue.objects])
}

unknown contains {"msg": "Copies were not compared with a list of erased persons, and nobody attests that all are gone (fact \"erased\").", "address": b.address} if {
	count(input.totals.backups) >= 0
	some b in input.config.backups
	lib.personal(b)
	not compared(b)
	not lib.attested("erased")
}

compared(b) if {
	input.totals.erasure
	b.erasure.list
}

subjects contains b.address if {
	count(input.summary.backups) >= 0
	some b in input.config.backups
	lib.personal(b)
}

deny contains {"msg": msg, "address": b.address} if {
	input.summary.erased.objects > 0
	some b in input.config.backups
	lib.personal(b)
	msg := sprintf("This plan would make %d copies (%d bytes) of objects of erased persons: take these out of the source first, or exclude them.", [input.summary.erased.objects, input.summary.erased.bytes])
}

unknown contains {"msg": "What this plan would copy was not compared with a list of erased persons, and nobody attests that all are gone (fact \"erased\").", "address": b.address} if {
	count(input.summary.backups) >= 0
	some b in input.config.backups
	lib.personal(b)
	not compared_with_plan(b)
	not lib.attested("erased")
}

compared_with_plan(b) if {
	input.summary.erased
	b.erasure.list
}
