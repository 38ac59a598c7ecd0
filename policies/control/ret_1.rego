# METADATA
# title: Kept as long as law and standard ask
# description: |
#   For each regime of a backup plan and each class in its scope the longest floor counts. A floor that runs from
#   an event, such as a report, keeps the term open until the event is attested: until then nothing is removed,
#   and this control passes as "open until reported". The figures are data, each with its clause; a year counts
#   366 days where units differ.
# scope: package
# custom:
#   id: RET-1
#   clauses: ["42 CFR 493.1105", "21 CFR 11.10(c)", "21 CFR 58.195(b)", "21 CFR 312.57(c)", "Regulation (EU) 536/2014 Art. 58", "45 CFR 164.316(b)(2)(i)", "28 CFR 202.1101", "PCI DSS 10.5.1"]
#   phases: [config, plan, state]
#   severity: mandatory
#   fix: Raise keep, or keep from the same event that the floor runs from and attest it.
package backstay.control.ret_1

# The floors that hold for a backup plan: of its regimes, for the classes in its
# scope. What has no class may be any, so every floor of the regime holds.
floors[b.address] contains f if {
	some b in input.config.backups
	some f in data.backstay_data.retention.floors
	f.regime in b.regimes
	concerns(f, b)
}

concerns(f, _) if "*" in f.classes

concerns(_, b) if count(b.scope.includes) == 0

concerns(_, b) if {
	some s in b.scope.includes
	not s.class
}

concerns(f, b) if {
	some s in b.scope.includes
	s.class in f.classes
}

attested contains a.fact if some a in input.config.attests

# An alternative of a floor is met by a keep that is long enough, or is still
# open because its event is not attested.
met(b, _) if b.retention.keep == "forever"

met(b, alternative) if b.retention.keep_days >= alternative.days

met(b, alternative) if waiting(b, alternative)

waiting(b, alternative) if {
	alternative.anchor != "created"
	alternative.anchor != b.retention.anchor
	not alternative.anchor in attested
}

met_somehow(b, f) if {
	some alternative in f.any_of
	met(b, alternative)
}

asked(f) := concat(" or ", [sprintf("%s from %s", [a.keep, a.anchor]) | some a in f.any_of])

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
	count(floors[b.address]) > 0
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	some f in floors[b.address]
	not met_somehow(b, f)
	b.retention.keep
	msg := sprintf("Backup plan %q keeps %s from %s, and %s asks for %s (%s). What goes earlier cannot be shown when it is asked for.", [b.name, b.retention.keep, b.retention.anchor, upper(f.regime), asked(f), f.clause])
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	some f in floors[b.address]
	not met_somehow(b, f)
	not b.retention.keep
	msg := sprintf("Backup plan %q has no keep, and %s asks for %s (%s).", [b.name, upper(f.regime), asked(f), f.clause])
}

# A removal while a floor is open would close it.
open_floor contains {"backup": b.address, "classes": f.classes, "clause": f.clause, "anchor": f.any_of[0].anchor} if {
	some b in input.config.backups
	some f in floors[b.address]
	every a in f.any_of {
		a.anchor != "created"
		not a.anchor in attested
	}
}

subjects contains input.change.address if {
	input.change.removes
	some f in open_floor
	f.backup == input.change.backup
}

deny contains {"msg": msg, "address": input.change.address} if {
	input.change.removes
	some f in open_floor
	f.backup == input.change.backup
	concerns_class(f)
	msg := sprintf("This copy is kept until %q is attested and the term from there is over (%s); %s before that is refused.", [f.anchor, f.clause, input.change.action])
}

concerns_class(f) if "*" in f.classes

concerns_class(f) if input.change.object.class in f.classes

concerns_class(_) if not input.change.object.class

# In state: floors from creation are compared copy by copy. What is open or
# forever is never short.
fixed_floor contains {"backup": b.address, "classes": f.classes, "clause": f.clause, "days": f.any_of[0].days, "keep": f.any_of[0].keep} if {
	some b in input.config.backups
	some f in floors[b.address]
	count(f.any_of) == 1
	f.any_of[0].anchor == "created"
}

subjects contains input.copy.address if {
	input.copy.current
	some f in fixed_floor
	f.backup in input.copy.backups
}

deny contains {"msg": msg, "address": input.copy.address} if {
	input.copy.current
	some f in fixed_floor
	f.backup in input.copy.backups
	concerns_copy(f)
	input.copy.retain_days < f.days
	msg := sprintf("The term of this copy ends on %s, %d days after its creation; %s asks for %s.", [input.copy.retain_until, input.copy.retain_days, f.clause, f.keep])
}

unknown contains {"msg": "When the term of this copy ends is not on record.", "address": input.copy.address} if {
	input.copy.current
	some f in fixed_floor
	f.backup in input.copy.backups
	not input.copy.retain_until
}

concerns_copy(f) if "*" in f.classes

concerns_copy(f) if input.copy.class in f.classes

concerns_copy(_) if not input.copy.class
