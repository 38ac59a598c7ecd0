# METADATA
# title: Each run leaves a record that cannot be changed unseen
# description: |
#   Who ran what, when, by which digests and with which outcome is a hash chain, kept beside the state and at the
#   destinations. One of them must lie elsewhere than the source, so that one loss does not take both.
# scope: package
# custom:
#   id: AUD-1
#   clauses: ["21 CFR 11.10(e)", "ICH E6(R3) 4.2.2"]
#   phases: [config, plan, state]
#   severity: mandatory
#   fix: Add a destination at another site; the audit log and the catalogue go there, too.
package backstay.control.aud_1

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

away(b) if {
	some c in b.copies
	c.off_site
}

open(b) if {
	some c in b.copies
	not told(c)
}

told(c) if c.off_site

told(c) if c.off_site == false

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not away(b)
	not open(b)
	msg := sprintf("The audit log of backup plan %q would lie at the site of its source alone: no destination is elsewhere.", [b.name])
}

# What a system tells about itself is known once it was asked.
tells(b) if {
	some s in input.config.sources
	s.address == b.source
	not s.type in {"filesystem", "sftp"}
}

deferred contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not away(b)
	open(b)
	tells(b)
	msg := sprintf("Where the copies of backup plan %q lie is not written down; plan asks the systems.", [b.name])
}

unknown contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not away(b)
	open(b)
	not tells(b)
	msg := sprintf("Nothing tells whether the audit log of backup plan %q lies elsewhere than its source: write `site` on source and destinations.", [b.name])
}

subjects contains b.address if {
	input.phase == "plan"
	some b in input.config.backups
	tells(b)
}

unknown contains {"msg": msg, "address": b.address} if {
	input.phase == "plan"
	some b in input.config.backups
	tells(b)
	not away(b)
	open(b)
	msg := sprintf("The systems do not tell where the copies of backup plan %q lie: write `site` or `region`.", [b.name])
}

subjects contains "audit" if input.totals.audit.checked

deny contains {"msg": msg, "address": "audit"} if {
	input.totals.audit.checked
	not input.totals.audit.intact
	msg := sprintf("The chain of runs does not verify: %s", [detail])
}

unknown contains {"msg": "The chain of runs was not verified.", "address": "audit"} if {
	not input.totals.audit.checked
	count(input.totals.audit.replicas) >= 0
}

default detail := "it is broken."

detail := input.totals.audit.detail
