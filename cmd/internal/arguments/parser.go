package arguments

import (
	"flag"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// parser reads flags with the meaning of Go's package flag, single and double
// dashes alike, but lets operands stand between them. "--" ends the flags.
type parser struct {
	set  *flag.FlagSet
	stop bool     // at the first operand
	rest []string // operands; with stop: everything from the first one on
}

func newSet() *flag.FlagSet {
	f := flag.NewFlagSet("", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	return f
}

// unknownFlag is the error for a flag that the set does not have.
type unknownFlag struct {
	name string
	set  *flag.FlagSet
}

func (e *unknownFlag) Error() string { return "there is no flag -" + e.name }

func (p *parser) parse(args []string) error {
	p.rest = nil
	for len(args) > 0 {
		arg := args[0]
		name, value, valued := splitFlag(arg)
		switch {
		case arg == "--":
			p.rest = append(p.rest, args[1:]...)
			return nil
		case name == "" && p.stop:
			p.rest = args
			return nil
		case name == "":
			p.rest = append(p.rest, arg)
			args = args[1:]
			continue
		}
		used, err := p.set1(name, value, valued, args[1:])
		if err != nil {
			return err
		}
		args = args[1+used:]
	}
	return nil
}

// set1 sets one flag and tells how many of the following arguments it took.
func (p *parser) set1(name, value string, valued bool, next []string) (int, error) {
	f := p.set.Lookup(name)
	if f == nil {
		return 0, &unknownFlag{name, p.set}
	}
	used := 0
	if !valued {
		switch {
		case isBool(f):
			value = "true"
		case len(next) == 0:
			return 0, fmt.Errorf("flag -%s needs a value", name)
		case looksLikeFlag(next[0]):
			return 0, fmt.Errorf("flag -%s needs a value, and %s is a flag; write -%s=%s if you mean it", name, next[0], name, next[0])
		default:
			value, used = next[0], 1
		}
	}
	if err := p.set.Set(name, value); err != nil {
		return 0, fmt.Errorf("flag -%s cannot be %q: %s", name, value, reason(f, err))
	}
	return used, nil
}

// splitFlag takes -name, --name, -name=value apart; the name is "" for an
// operand, and a lone dash is one.
func splitFlag(arg string) (name, value string, valued bool) {
	if len(arg) < 2 || arg[0] != '-' {
		return "", "", false
	}
	body := strings.TrimPrefix(arg[1:], "-")
	name, value, valued = strings.Cut(body, "=")
	return name, value, valued
}

// looksLikeFlag tells a flag, misspelt or not, from a value that happens to begin
// with a dash, such as a number below zero.
func looksLikeFlag(arg string) bool {
	name, _, _ := splitFlag(arg)
	return name != "" && unicode.IsLetter(rune(name[0]))
}

func isBool(f *flag.Flag) bool {
	b, ok := f.Value.(interface{ IsBoolFlag() bool })
	return ok && b.IsBoolFlag()
}

// reason puts package flag's own "parse error" into words.
func reason(f *flag.Flag, err error) string {
	switch text := err.Error(); {
	case isBool(f):
		return "it is true or false"
	case text == "parse error", text == "value out of range":
		return "it is a whole number"
	default:
		return text
	}
}
