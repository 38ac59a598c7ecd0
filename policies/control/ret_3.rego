# METADATA
# title: Personal data has a ceiling
# description: |
#   Personal data is kept no longer than its purpose asks. Backup plans of personal data name the longest term
#   (keep_max), and what lies beyond it is a finding. A floor of law above the ceiling is shown with both.
# scope: package
# custom:
#   id: RET-3
#   clauses: ["GDPR Art. 5(1)(e)", "SOC 2 C1.2"]
#   phases: [config, state]
#   severity: overridable
#   parameters:
#     max_keep: {type: term, direction: lower, description: "the longest keep_max; none unless set"}
#     grace: {type: term, default: "90d", direction: lower, description: "time after the ceiling until a copy must be gone"}
#   fix: Write keep_max in the retention block of each backup plan with personal data.
package backstay.control.ret_3

import data.backstay.control.ret_1
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
	not b.retention.keep_max
	msg := sprintf("Backup plan %q protects personal data and sets no keep_max: nothing ends its copies.", [b.name])
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	lib.personal(b)
	input.params.max_keep
	b.retention.keep_max
	not within(b.retention, input.params.max_keep_days)
	msg := sprintf("Backup plan %q keeps personal data for up to %s, and %s is the limit.", [b.name, b.retention.keep_max, input.params.max_keep])
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	lib.personal(b)
	some f in ret_1.floors[b.address]
	b.retention.keep_max_days
	count([a | some a in f.any_of; a.days <= b.retention.keep_max_days]) == 0
	msg := sprintf("Two laws disagree on backup plan %q: %s asks for %s, and GDPR Art. 5(1)(e) ends it at keep_max, %s. Name the ground for keeping longer, or take the class out of this plan.", [b.name, f.clause, ret_1.asked(f), b.retention.keep_max])
}

unknown contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	some s in input.config.sources
	s.address == b.source
	"gdpr" in b.regimes
	not lib.personal(b)
	not told(b, s)
	msg := sprintf("Backup plan %q is under GDPR, and nothing tells whether it holds personal data: write `personal`.", [b.name])
}

told(b, _) if b.personal == false

told(_, s) if s.personal == false

# A ceiling of "forever" has no days, and is within no limit.
within(r, days) if r.keep_max_days <= days

ceilings[b.address] := b.retention.keep_max_days if {
	some b in input.config.backups
	lib.personal(b)
}

subjects contains input.copy.address if {
	not input.copy.removed
	some backup in input.copy.backups
	ceilings[backup]
}

deny contains {"msg": msg, "address": input.copy.address} if {
	not input.copy.removed
	some backup in input.copy.backups
	input.copy.copied_days > ceilings[backup] + input.params.grace_days
	msg := sprintf("This copy of personal data is %d days old; %d days is the ceiling of %s.", [input.copy.copied_days, ceilings[backup], backup])
}

unknown contains {"msg": "How old this copy of personal data is, is not on record.", "address": input.copy.address} if {
	not input.copy.removed
	some backup in input.copy.backups
	ceilings[backup]
	not input.copy.copied_days
}
