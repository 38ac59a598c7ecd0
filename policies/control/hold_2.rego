# METADATA
# title: A hold ends by a named person who did not ask for it
# description: |
#   Removing a hold block ends nothing: the hold is recorded and outlives it. A release block ends it, with a
#   reason and approvals by somebody other than the hold's owner and the author of the release.
# scope: package
# custom:
#   id: HOLD-2
#   clauses: ["duty to preserve in litigation", "NIST SP 800-53 AC-5"]
#   phases: [config, plan]
#   severity: mandatory
#   fix: Write a release block that names the hold, says why, and is signed by somebody else.
package backstay.control.hold_2

import data.backstay.lib

subjects contains r.address if {
	input.phase == "config"
	some r in input.config.releases
}

deny contains {"msg": msg, "address": r.address} if {
	input.phase == "config"
	some r in input.config.releases
	not r.reason
	msg := sprintf("Release %q gives no reason.", [r.name])
}

deny contains {"msg": msg, "address": r.address} if {
	input.phase == "config"
	some r in input.config.releases
	count(r.approved_by) == 0
	msg := sprintf("Release %q ends a hold, and nobody approved it.", [r.name])
}

deny contains {"msg": msg, "address": r.address} if {
	input.phase == "config"
	some r in input.config.releases
	some h in input.config.holds
	h.name == r.hold
	some a in r.approved_by
	a.by == h.owner
	msg := sprintf("Release %q is approved by %s, who asked for the hold. Somebody else must end it.", [r.name, a.by])
}

unknown contains {"msg": msg, "address": r.address} if {
	input.phase == "config"
	some r in input.config.releases
	count(r.approved_by) > 0
	not lib.signed(r)
	msg := sprintf("Who approved release %q is not verified: each approver signs it with a key of allowed_signers.", [r.name])
}

subjects contains input.change.address if input.change.action == "release"

deny contains {"msg": msg, "address": input.change.address} if {
	input.change.action == "release"
	some h in input.change.before.held
	not h in after_held
	not released(h)
	msg := sprintf("Hold %q would end without a release block. Removing its block is not enough.", [h])
}

deny contains {"msg": msg, "address": input.change.address} if {
	input.change.action == "release"
	some r in input.config.releases
	r.hold in input.change.before.held
	some a in r.approved_by
	a.by == input.run.author
	msg := sprintf("Release %q is approved by its own author, %s.", [r.name, a.by])
}

unknown contains {"msg": msg, "address": input.change.address} if {
	input.change.action == "release"
	not input.change.before
	msg := "The plan does not say which holds end."
}

released(hold) if {
	some r in input.config.releases
	r.hold == hold
}

default after_held := []

after_held := input.change.after.held
