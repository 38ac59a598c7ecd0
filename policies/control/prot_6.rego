# METADATA
# title: Two persons for destroying copies
# description: |
#   One person, deceived or in anger, must not be able to destroy copies. Giving copies up takes approvals of
#   several persons, none of whom asks for it.
# scope: package
# custom:
#   id: PROT-6
#   clauses: ["NIST SP 800-53 CP-9(7)", "NIST SP 800-53 AC-5"]
#   phases: [config, plan]
#   severity: overridable
#   parameters:
#     delete_approvals: {type: number, default: 2, direction: higher, description: "persons who approve"}
#   fix: Write approvals with delete = 2 in the backup plan, and have each retire block signed by as many.
package backstay.control.prot_6

import data.backstay.lib

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	b.approvals.delete < input.params.delete_approvals
	msg := sprintf("Backup plan %q asks for %d approvals of a removal, and %d is the least.", [b.name, b.approvals.delete, input.params.delete_approvals])
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	not b.approvals
	msg := sprintf("Backup plan %q does not say how many must approve a removal; %d is the least.", [b.name, input.params.delete_approvals])
}

persons(r) := {a.by | some a in r.approved_by}

subjects contains r.address if {
	input.phase == "config"
	some r in input.config.retires
}

deny contains {"msg": msg, "address": r.address} if {
	input.phase == "config"
	some r in input.config.retires
	count(persons(r)) < input.params.delete_approvals
	msg := sprintf("%q gives copies up with %d approvals, and %d different persons are asked for.", [r.name, count(persons(r)), input.params.delete_approvals])
}

unknown contains {"msg": msg, "address": r.address} if {
	input.phase == "config"
	some r in input.config.retires
	count(persons(r)) >= input.params.delete_approvals
	not lib.signed(r)
	msg := sprintf("Who approved %q is not verified: each approver signs it with a key of allowed_signers.", [r.name])
}

gives_up if {
	input.change.removes
	input.change.reason == "given_up"
}

subjects contains input.change.address if gives_up

# Persons who approved and are not the one who asks.
others(r) := persons(r) - {input.run.author}

named(r) if {
	some t in r.targets
	lib.about(t)
}

enough if {
	some r in input.config.retires
	named(r)
	count(others(r)) >= input.params.delete_approvals
}

deny contains {"msg": msg, "address": input.change.address} if {
	gives_up
	not enough
	input.run.author
	msg := sprintf("This copy would be given up without approvals of %d persons other than %s.", [input.params.delete_approvals, input.run.author])
}

unknown contains {"msg": "Who asks for this removal is not known, so nobody knows whether others approved it.", "address": input.change.address} if {
	gives_up
	not input.run.author
}
