# METADATA
# title: Metadata travels along
# description: |
#   Properties, tags, types, details, checksums and the link to the job that made a file are what makes it readable
#   later; a copy of bytes alone is no true copy. Where evidence is asked for, a check compares metadata of copies.
# scope: package
# custom:
#   id: SCOPE-4
#   clauses: ["21 CFR 11.10(b)", "FDA data integrity guidance, Q&A on 211.68(b)"]
#   phases: [config, plan, state]
#   severity: overridable
#   parameters:
#     metadata_fields: {type: list, default: ["properties", "tags", "types", "details", "created_by", "sha256"], direction: superset, description: "what a copy carries where its source has it"}
#     metadata_evidence: {type: boolean, default: false, direction: "true", description: "a check asks that metadata was compared"}
#   fix: Leave metadata = true in the copy block.
package backstay.control.scope_4

import data.backstay.lib

subjects contains c.address if {
	input.phase == "config"
	some b in input.config.backups
	some c in b.copies
}

deny contains {"msg": msg, "address": c.address} if {
	input.phase == "config"
	some b in input.config.backups
	some c in b.copies
	not c.metadata
	msg := sprintf("Copy %q leaves metadata behind: %s.", [c.name, concat(", ", input.params.metadata_fields)])
}

bare contains {"backup": b.address, "copy": c.name} if {
	some b in input.config.backups
	some c in b.copies
	not c.metadata
}

subjects contains input.change.address if input.change.action in {"copy", "recopy"}

deny contains {"msg": "This change would copy bytes and leave the metadata behind.", "address": input.change.address} if {
	input.change.action in {"copy", "recopy"}
	some c in bare
	c.backup == input.change.backup
	c.copy == input.change.copy
}

compared if input.copy.metadata_equal

compared if input.copy.metadata_equal == false

asked if {
	input.params.metadata_evidence
	input.copy.current
	input.copy.kind == "file"
}

subjects contains input.copy.address if compared

subjects contains input.copy.address if asked

deny contains {"msg": "The metadata of this copy is not its source's.", "address": input.copy.address} if input.copy.metadata_equal == false

unknown contains {"msg": "The metadata of this copy was not compared with its source's, and nobody attests it (fact \"metadata\").", "address": input.copy.address} if {
	asked
	not compared
	not lib.attested("metadata")
}

not_applicable contains "no metadata of copies was compared" if input.phase == "state"
