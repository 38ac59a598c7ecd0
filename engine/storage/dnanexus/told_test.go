package dnanexus

import (
	"fmt"
	"testing"
)

// TestTell reads back who can delete, which depends on the level and on whether
// the project is protected, and the marks.
func TestTell(t *testing.T) {
	r := emulator(t, "seed")
	id := r.project("vault")
	for who, level := range map[string]string{"user-bob": "CONTRIBUTE", "org-lab": "VIEW", "user-carol": "ADMINISTER"} {
		r.must(id, "invite", map[string]any{"invitee": who, "level": level}, nil)
	}
	d := r.open(t, DestinationOptions{Project: "vault"})
	for protected, want := range map[bool]string{false: "[user-bob user-carol]", true: "[user-carol]"} {
		r.must(id, "update", map[string]any{"protected": protected}, nil)
		got, err := d.Tell(t.Context())
		if err != nil || fmt.Sprint(got.Deleters) != want || *got.Protected != protected {
			t.Errorf("protected %t: %+v, %v, want %s", protected, got, err, want)
		}
		if got.PHI == nil || *got.PHI || got.Restricted == nil || *got.Restricted || got.Encrypted != nil {
			t.Errorf("marks: %+v", got)
		}
	}
}
