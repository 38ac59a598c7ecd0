package backstay.lib

# about holds for an address that names the copy of a change: its destination, its
# source, the backup plan or copy block that it is planned for, or one that is on
# record as claiming it, though its block may be gone.
about(target) if target in {input.change.backup, input.change.destination}

about(target) if startswith(input.change.address, concat("", [target, "."]))

about(target) if {
	some s in input.config.sources
	s.name == input.change.object.source
	s.address == target
}

about(target) if {
	some claim in input.change.before.claims
	startswith(claim, concat("", [target, "/"]))
}

about(target) if {
	some claim in input.change.before.claims
	claim == replace(target, ".copy.", "/")
}
