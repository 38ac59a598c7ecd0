package cli

import (
	"os"

	"golang.org/x/term"

	"github.com/backstay/backstay/cmd/internal/view"
)

// StreamOf looks at an output of the process: whether a person watches it, how
// wide it is, and whether colours are welcome there.
func StreamOf(f *os.File, env func(string) (string, bool)) view.Stream {
	s := view.Stream{W: f, Terminal: term.IsTerminal(int(f.Fd()))}
	if !s.Terminal {
		return s
	}
	s.Width = 80
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 0 {
		s.Width = width
	}
	s.Color = colorful(env)
	return s
}

// colorful follows no-color.org: any value of NO_COLOR but the empty one says
// no; a dumb terminal cannot.
func colorful(env func(string) (string, bool)) bool {
	no, _ := env("NO_COLOR")
	kind, _ := env("TERM")
	return no == "" && kind != "dumb" && kind != ""
}
