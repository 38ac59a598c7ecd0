package policy

// Level is what a policy set says of a subject: the loudest of its rules.
type Level int

// The levels. Waivable is a denial that a waiver may let pass. Broken is a rule
// that raised an error: nothing goes on then.
const (
	Silent Level = iota
	Warned
	Waivable
	Denied
	Broken
)

// String says in words what happens to a subject.
func (l Level) String() string {
	switch l {
	case Warned:
		return "warned of"
	case Waivable:
		return "denied unless waived"
	case Denied:
		return "denied"
	case Broken:
		return "refused by an error"
	}
	return "passed"
}
