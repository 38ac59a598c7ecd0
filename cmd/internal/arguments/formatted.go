package arguments

import (
	"flag"
	"fmt"
	"strings"
)

// formats are the values of -format. Text and json are the program's own; the
// others are package format's.
var formats = []string{"text", "json", "markdown", "sarif", "junit", "github", "gitlab", "oscal", "html"}

// Formatted is part of the commands whose findings other tools read.
type Formatted struct {
	Format string // "" and "text", "json", or a name that package format knows
}

func (a *Formatted) defineFormat(f *flag.FlagSet) {
	f.Var(&choice{&a.Format, formats}, "format", "print as `FORMAT`: "+strings.Join(formats, ", ")+" (default text)")
}

// agree makes -json and -format=json one, and refuses -json with another format.
func (a *Formatted) agree(g *Globals) error {
	switch {
	case a.Format == "json":
		g.JSON = true
	case a.Format != "" && g.JSON:
		return fmt.Errorf("-json and -format=%s ask for two different answers", a.Format)
	}
	return nil
}
