package model

import "fmt"

// Level is how much a member may do in a project.
type Level int

// The levels, each with all that the ones before it allow.
const (
	None Level = iota
	View
	Upload
	Contribute
	Administer
)

var levelNames = []string{"NONE", "VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER"}

// String is the level's name on the wire.
func (l Level) String() string { return levelNames[l] }

// ParseLevel reads a level's name.
func ParseLevel(name string) (Level, bool) {
	for i, known := range levelNames {
		if known == name {
			return Level(i), true
		}
	}
	return None, false
}

// MarshalText writes the level's name.
func (l Level) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads the level's name.
func (l *Level) UnmarshalText(text []byte) error {
	level, ok := ParseLevel(string(text))
	if !ok {
		return fmt.Errorf("level %q is not known", text)
	}
	*l = level
	return nil
}
