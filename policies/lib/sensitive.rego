package backstay.lib

# sensitive holds for a backup plan whose data is about persons.
sensitive(b) if b.personal

sensitive(b) if {
	some s in input.config.sources
	s.address == b.source
	about_persons(s)
}

about_persons(s) if s.contains_phi

about_persons(s) if s.personal

about_persons(s) if s.nih_controlled

about_persons(s) if s.subjects > 0

# personal holds for a backup plan of personal data.
personal(b) if b.personal

personal(b) if {
	some s in input.config.sources
	s.address == b.source
	s.personal
}
