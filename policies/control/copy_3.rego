# METADATA
# title: One copy off site
# description: |
#   Fire, flood and theft take a building. One copy lies at another site or in another region than its source.
# scope: package
# custom:
#   id: COPY-3
#   clauses: ["NIST SP 800-53 CP-6", "NIST SP 800-53 CP-9(3)", "NIST SP 800-53 CP-9(5)", "CSF 2.0 PR.DS-11", "CIS v8 11.4"]
#   phases: [config, plan, state]
#   severity: mandatory
#   parameters:
#     other_vendor: {type: boolean, default: false, direction: "true", description: "another provider is asked for, too"}
#   fix: Add a destination elsewhere, and say where source and destinations are with `site` or `region`.
package backstay.control.copy_3

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

away(c) if {
	c.off_site
	not input.params.other_vendor
}

away(c) if {
	c.off_site
	c.other_vendor
}

settled(b) if {
	some c in b.copies
	away(c)
}

# A copy that may be away, for all that the configuration says.
open(b) if {
	some c in b.copies
	not told(c)
}

told(c) if c.off_site

told(c) if c.off_site == false

# What a system tells about itself is known once it was asked.
tells(b) if {
	some s in input.config.sources
	s.address == b.source
	not s.type in {"filesystem", "sftp"}
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not settled(b)
	not open(b)
	msg := sprintf("Every copy of backup plan %q lies where its source lies.", [b.name])
}

deferred contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not settled(b)
	open(b)
	tells(b)
	msg := sprintf("Where the source of backup plan %q lies is not written down; plan asks the system.", [b.name])
}

unknown contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not settled(b)
	open(b)
	not tells(b)
	msg := sprintf("Nothing tells whether a copy of backup plan %q is off site: write `site` on its source and on its destinations.", [b.name])
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
	not settled(b)
	open(b)
	msg := sprintf("The system does not tell where the source of backup plan %q lies: write `site` or `region` on it.", [b.name])
}

subjects contains input.object.address if input.object.live

deny contains {"msg": "No verified copy of this object lies off site.", "address": input.object.address} if {
	input.object.live
	input.object.off_site == 0
	input.object.site_unknown == 0
	input.object.written == 0
}

unknown contains {"msg": "Nobody knows whether a verified copy of this object lies off site.", "address": input.object.address} if {
	input.object.live
	input.object.off_site == 0
	input.object.site_unknown + input.object.written > 0
}
