# METADATA
# title: An archive has a responsible person
# description: |
#   Somebody answers for what is kept for years: gives access, keeps the index, sees to it that it stays readable.
# scope: package
# custom:
#   id: HOLD-3
#   clauses: ["21 CFR 58.190(c)", "Regulation (EU) 536/2014 Art. 58"]
#   phases: [config]
#   severity: overridable
#   fix: Write archivist = "name@example.org" in the destination of each copy with purpose "record".
package backstay.control.hold_3

archives contains d.address if {
	some b in input.config.backups
	some c in b.copies
	c.purpose == "record"
	some d in input.config.destinations
	d.address == c.to
}

subjects contains a if {
	input.phase == "config"
	some a in archives
}

deny contains {"msg": msg, "address": d.address} if {
	input.phase == "config"
	some d in input.config.destinations
	d.address in archives
	not d.archivist
	msg := sprintf("%s keeps records, and nobody is named who answers for them.", [d.address])
}

unknown contains {"msg": msg, "address": c.address} if {
	input.phase == "config"
	some b in input.config.backups
	some c in b.copies
	c.purpose == "record"
	not c.to in {d.address | some d in input.config.destinations}
	msg := sprintf("Where copy %q goes is not known yet, so nobody knows who answers for it.", [c.name])
}
