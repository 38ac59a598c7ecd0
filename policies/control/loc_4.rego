# METADATA
# title: Copies end with the agreement
# description: |
#   At the close-out of a data use agreement the data goes, and its copies with it. After the end no copy is made,
#   and what is left after a grace period is a finding. Copies are given up with a retire block.
# scope: package
# custom:
#   id: LOC-4
#   clauses: ["NIH data use certification, close-out", "NIH NOT-OD-24-157"]
#   phases: [config, plan, state]
#   severity: mandatory
#   parameters:
#     dua_grace: {type: term, default: "30d", direction: lower, description: "time after the end until copies must be gone"}
#   fix: Write dua_end in the source; once it is past, give the copies up with a retire block.
package backstay.control.loc_4

under_agreement(s) if s.nih_controlled

under_agreement(s) if s.rights == "licensed"

under_agreement(s) if s.dua_end

subjects contains s.address if {
	input.phase == "config"
	some s in input.config.sources
	under_agreement(s)
}

unknown contains {"msg": msg, "address": s.address} if {
	input.phase == "config"
	some s in input.config.sources
	under_agreement(s)
	not s.dua_end
	msg := sprintf("When the agreement on %s ends is not written down: write `dua_end`.", [s.address])
}

over[s.name] := s.dua_end if {
	some s in input.config.sources
	s.dua_days_left < 0
}

warn contains {"msg": msg, "address": s.address} if {
	input.phase == "config"
	some s in input.config.sources
	over[s.name]
	msg := sprintf("The agreement on %s ended on %s: a retire block gives its copies up.", [s.address, s.dua_end])
}

subjects contains input.change.address if {
	input.change.action in {"copy", "recopy", "adopt"}
	some s in input.config.sources
	s.name == input.change.object.source
	under_agreement(s)
}

deny contains {"msg": "The agreement on this data has ended, so that no copy of it may be made.", "address": input.change.address} if {
	input.change.action in {"copy", "recopy", "adopt"}
	some name, _ in over
	name == input.change.object.source
}

subjects contains input.copy.address if {
	not input.copy.removed
	some s in input.config.sources
	s.name == input.copy.source
	under_agreement(s)
}

overdue contains s.name if {
	some s in input.config.sources
	s.dua_days_left + input.params.dua_grace_days < 0
}

deny contains {"msg": "The agreement on this data has ended and the grace period is over, and the copy is still there.", "address": input.copy.address} if {
	not input.copy.removed
	some name in overdue
	name == input.copy.source
}
