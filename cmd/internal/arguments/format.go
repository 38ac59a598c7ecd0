package arguments

import (
	"errors"
	"flag"
	"slices"
)

// Format are the arguments of fmt.
type Format struct {
	Paths     []string // files and folders; empty: the working folder
	Stdin     bool     // "-": standard input to standard output
	Check     bool
	Diff      bool
	Recursive bool
}

var formatSpec = Spec{
	Name:     "fmt",
	Operands: "[PATH... | -]",
	Summary:  "bring configuration files into the canonical style",
	Text: `
Rewrites *.backstay.hcl and *.backstayvars files in the canonical style and
names those that changed. Without PATH it takes the working folder; "-" reads
standard input and prints the result. The meaning of a file never changes, and
JSON files are left as they are.`,
	Exits: []Exit{exitFailure, {3, "with -check: some file is not in the canonical style"}},
	New:   func() Command { return &Format{} },
}

func (a *Format) define(f *flag.FlagSet) {
	f.BoolVar(&a.Check, "check", false, "write nothing; exit with 3 if some file would change")
	f.BoolVar(&a.Diff, "diff", false, "print the differences")
	f.BoolVar(&a.Recursive, "recursive", false, "take folders below too")
}

func (a *Format) accept(operands []string) error {
	if slices.Contains(operands, "-") {
		if len(operands) > 1 || a.Recursive {
			return errors.New(`"-" is standard input and stands alone`)
		}
		a.Stdin = true
		return nil
	}
	a.Paths = operands
	return nil
}
