# METADATA
# title: Two kinds of storage
# description: |
#   Copies that lie on one kind of storage fail together: by one firmware, one vendor, one mistake. A kind is a
#   medium (disk, tape) or the object store of one vendor; the original counts.
# scope: package
# custom:
#   id: COPY-2
#   clauses: ["3-2-1 (CISA data backup guidance)"]
#   phases: [config, state]
#   severity: overridable
#   parameters:
#     min_media: {type: number, default: 2, direction: higher, description: "kinds of storage, the original's included"}
#   fix: Send one copy to another medium, or to the object store of another vendor.
package backstay.control.copy_2

subjects contains b.address if {
	input.phase == "config"
	some b in input.config.backups
}

kinds(b) := {d.storage_kind |
	some c in b.copies
	some d in input.config.destinations
	d.address == c.to
} | {s.storage_kind |
	some s in input.config.sources
	s.address == b.source
}

# Destinations whose kind of storage nobody knows.
untold(b) := {d.address |
	some c in b.copies
	some d in input.config.destinations
	d.address == c.to
	not d.storage_kind
}

deny contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	count(kinds(b)) + count(untold(b)) < input.params.min_media
	msg := sprintf("Backup plan %q and its copies lie on %s alone, and %d kinds of storage are asked for: what destroys one destroys all.", [b.name, concat(", ", kinds(b)), input.params.min_media])
}

unknown contains {"msg": msg, "address": b.address} if {
	input.phase == "config"
	some b in input.config.backups
	count(kinds(b)) < input.params.min_media
	count(kinds(b)) + count(untold(b)) >= input.params.min_media
	msg := sprintf("What %s writes to is not known: say it with `media`.", [concat(", ", untold(b))])
}

subjects contains input.object.address if input.object.live

deny contains {"msg": msg, "address": input.object.address} if {
	input.object.live
	count(input.object.storage_kinds) < input.params.min_media
	input.object.written == 0
	msg := sprintf("This object and its verified copies lie on %s; %d kinds of storage are asked for.", [concat(", ", input.object.storage_kinds), input.params.min_media])
}

unknown contains {"msg": "Copies of this object were written and never verified, so nobody knows on how many kinds of storage it lies.", "address": input.object.address} if {
	input.object.live
	count(input.object.storage_kinds) < input.params.min_media
	input.object.written > 0
}
