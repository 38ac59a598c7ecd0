# METADATA
# title: A backup that rolls over is not a record
# description: |
#   A recovery copy is replaced as the source moves on. Under rules of good practice the data itself is a record,
#   and a record needs a copy that is made to stay (purpose "record").
# scope: package
# custom:
#   id: RET-7
#   clauses: ["21 CFR 211.68(b)", "FDA data integrity guidance, Q&A on 211.68(b)"]
#   phases: [config, state]
#   severity: mandatory
#   parameters:
#     record_classes: {type: list, default: ["raw", "variants", "report"], direction: superset, description: "classes that are records"}
#     record_regimes: {type: list, default: ["part11", "glp", "gcp_us", "gcp_eu", "gmp", "device"], direction: superset, description: "regimes under which they are"}
#   fix: Give the backup plan a copy block with purpose = "record".
package backstay.control.ret_7

ruled(b) if {
	some r in b.regimes
	r in input.params.record_regimes
}

record_class(b) if count(b.scope.includes) == 0

record_class(b) if {
	some s in b.scope.includes
	not s.class
}

record_class(b) if {
	some s in b.scope.includes
	s.class in input.params.record_classes
}

records[b.address] := {c.to | some c in b.copies; c.purpose == "record"} if {
	some b in input.config.backups
	ruled(b)
	record_class(b)
}

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
	records[b.address]
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	count(records[b.address]) == 0
	b.copies
	msg := sprintf("Every copy of backup plan %q is a recovery copy; %s asks for a record.", [b.name, concat(", ", [r | some r in b.regimes; r in input.params.record_regimes])])
}

judged if {
	input.object.live
	records[input.object.backup]
	is_record
}

is_record if not input.object.class

is_record if input.object.class in input.params.record_classes

held_as_record if {
	some d in input.object.destinations
	d in records[input.object.backup]
}

subjects contains input.object.address if judged

deny contains {"msg": "This object is a record, and no verified copy of it lies at a destination for records.", "address": input.object.address} if {
	judged
	not held_as_record
	input.object.written == 0
}

unknown contains {"msg": "Copies of this record were written and never verified.", "address": input.object.address} if {
	judged
	not held_as_record
	input.object.written > 0
}
