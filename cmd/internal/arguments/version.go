package arguments

import "flag"

// Version are the arguments of version: there are none.
type Version struct{}

var versionSpec = Spec{
	Name:    "version",
	Summary: "print the version",
	Text:    `Prints the program's version and what it was built with.`,
	New:     func() Command { return &Version{} },
}

func (*Version) define(*flag.FlagSet) {}

func (*Version) accept(operands []string) error { return noOperands(operands) }
