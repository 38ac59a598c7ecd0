// Package arguments reads the program's command line: words in, one checked
// request out, or a usage error that names the nearest spelling.
//
// It has no side effects: it reads no environment, opens no file and prints
// nothing. Help is a text that it returns. What a request means is decided by
// package engine, how it is run by package cli.
package arguments

import (
	"flag"
	"strings"
)

// Globals are the flags that every command takes, before its name or after it.
type Globals struct {
	Chdir    string // folder to work in; "" stays
	JSON     bool
	NoColor  bool
	LogLevel string // "" takes BACKSTAY_LOG
	help     bool
	version  bool
}

func (g *Globals) define(f *flag.FlagSet) {
	f.StringVar(&g.Chdir, "chdir", g.Chdir, "work in `DIR`; every other path is relative to it")
	f.BoolVar(&g.JSON, "json", g.JSON, "print JSON instead of text")
	f.BoolVar(&g.NoColor, "no-color", g.NoColor, "print no colours, as NO_COLOR does")
	f.Var(&choice{&g.LogLevel, logLevels}, "log-level", "log to stderr at `LEVEL`: "+strings.Join(logLevels, ", ")+" (default $BACKSTAY_LOG)")
	f.BoolVar(&g.help, "h", g.help, "print this help")
	f.BoolVar(&g.help, "help", g.help, "print this help")
}

var logLevels = []string{"trace", "debug", "info", "warn", "error", "off"}

// Command is the parsed arguments of one command: a pointer to Plan, Apply and
// so on, which package cli switches over.
type Command interface {
	// define binds the command's flags to its fields.
	define(f *flag.FlagSet)
	// accept takes the operands and checks everything that flags alone cannot
	// express. Its error is plain text for the user.
	accept(operands []string) error
}

// Invocation is a command line, understood.
type Invocation struct {
	Globals
	Spec    *Spec   // nil where no command was named
	Command Command // nil with Help, or with the version flag
	Help    bool    // -h: print HelpFor(Spec)
	Version bool    // -version
}

// UsageError says what is wrong with a command line.
type UsageError struct {
	Spec    *Spec // the command it is about; nil for the program
	Message string
}

// Error is the message, without the command.
func (e *UsageError) Error() string { return e.Message }

// Parse reads the arguments after the program's name. Every error is a
// *UsageError. Help and version win over whatever else is wrong, as long as
// the flags before them could be read.
func Parse(args []string) (*Invocation, error) {
	inv := &Invocation{}
	words, rest, err := inv.words(args)
	if err != nil {
		return nil, err
	}
	if inv.version {
		inv.Version = true
		return inv, nil
	}
	if len(words) > 0 && words[0] == "help" {
		inv.help, words = true, words[1:]
	}
	if len(words) == 0 {
		inv.Help = inv.help
		if inv.Help {
			return inv, nil
		}
		return nil, &UsageError{Message: "no command was given"}
	}
	if inv.Spec, err = find(words); err != nil {
		return nil, err
	}
	return inv, inv.command(rest)
}

// words reads global flags and the one or two words that name a command.
func (inv *Invocation) words(args []string) (words, rest []string, err error) {
	p := &parser{set: newSet(), stop: true}
	inv.Globals.define(p.set)
	p.set.BoolVar(&inv.version, "version", false, "print the version")
	for rest = args; ; {
		if err := p.parse(rest); err != nil {
			return nil, nil, misplaced(err)
		}
		if len(p.rest) == 0 {
			return words, nil, nil
		}
		words, rest = append(words, p.rest[0]), p.rest[1:]
		if !needsMore(words) {
			return words, rest, nil
		}
	}
}

// needsMore tells whether another word belongs to the command's name: after a
// group comes a word, after "help" a command.
func needsMore(words []string) bool {
	if words[0] == "help" {
		words = words[1:]
	}
	return len(words) == 0 || len(words) == 1 && groups[words[0]]
}

// command reads what follows the command's name.
func (inv *Invocation) command(args []string) error {
	cmd := inv.Spec.New()
	p := &parser{set: newSet()}
	inv.Globals.define(p.set)
	cmd.define(p.set)
	err := p.parse(args)
	if inv.help {
		inv.Help = true
		return nil
	}
	if err != nil {
		return foreign(inv.Spec, err)
	}
	if err := cmd.accept(p.rest); err != nil {
		return &UsageError{Spec: inv.Spec, Message: err.Error()}
	}
	if f, ok := cmd.(interface{ agree(*Globals) error }); ok {
		if err := f.agree(&inv.Globals); err != nil {
			return &UsageError{Spec: inv.Spec, Message: err.Error()}
		}
	}
	inv.Command = cmd
	return nil
}
