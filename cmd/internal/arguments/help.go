package arguments

import (
	"cmp"
	"flag"
	"fmt"
	"slices"
	"strings"
)

// Usage is the short form, for stderr after a mistake: the synopsis and where
// to find more. The specification may be nil.
func Usage(s *Spec) string {
	if s == nil {
		return "Usage: backstay [global flags] COMMAND [flags] [operands]\n\nRun \"backstay -h\" for the commands.\n"
	}
	return fmt.Sprintf("Usage: %s\n\nRun \"backstay %s -h\" for its flags and exit codes.\n", synopsis(s), s.Name)
}

// HelpFor is the help of one command, or of the program where s is nil.
func HelpFor(s *Spec) string {
	if s == nil {
		return programHelp()
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s\n\n%s\n", synopsis(s), strings.TrimSpace(s.Text))
	own := newSet()
	s.New().define(own)
	writeFlags(&b, "Flags", own)
	writeFlags(&b, "Global flags", globalSet())
	writeExits(&b, slices.Concat([]Exit{{0, "done, or nothing to do"}}, s.Exits, everywhere))
	return b.String()
}

func programHelp() string {
	var b strings.Builder
	b.WriteString("Usage: backstay [global flags] COMMAND [flags] [operands]\n\nBackups as code: plan what must be protected, see it, apply it, prove it.\n\nCommands:\n")
	width := 0
	for _, s := range specs {
		width = max(width, len(s.Name))
	}
	for _, s := range specs {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, s.Name, s.Summary)
	}
	writeFlags(&b, "Global flags", globalSet())
	writeExits(&b, []Exit{
		{0, "done, or nothing to do"},
		exitFailure,
		{2, "changes are proposed (plan -detailed-exitcode)"},
		exitDenied,
		{4, "the plan is stale"},
		exitLocked,
		{6, "applied in part"},
		{7, "declined at the prompt"},
		everywhere[0], everywhere[1],
	})
	b.WriteString("\nRun \"backstay COMMAND -h\" for the flags and exit codes of a command.\n")
	return b.String()
}

func globalSet() *flag.FlagSet {
	f := newSet()
	(&Globals{}).define(f)
	f.Bool("version", false, "print the version, before any command")
	return f
}

func synopsis(s *Spec) string {
	text := "backstay " + s.Name
	own := newSet()
	s.New().define(own)
	if len(flagNames(own)) > 0 {
		text += " [flags]"
	}
	if s.Operands != "" {
		text += " " + s.Operands
	}
	return text
}

// flagColumn is the width of the longest flag with its value.
const flagColumn = len("-destination=DESTINATION")

// writeFlags lists flags with their one line each; -h and -help are one.
func writeFlags(b *strings.Builder, title string, f *flag.FlagSet) {
	var rows [][2]string
	f.VisitAll(func(f *flag.Flag) {
		if f.Name == "help" {
			return
		}
		meta, usage := flag.UnquoteUsage(f)
		name := "-" + f.Name
		if !isBool(f) {
			name += "=" + meta
		}
		if !isBool(f) && f.DefValue != "" && f.DefValue != "0" {
			usage += " (default " + f.DefValue + ")"
		}
		rows = append(rows, [2]string{name, usage})
	})
	if len(rows) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s:\n", title)
	for _, r := range rows {
		fmt.Fprintf(b, "  %-*s  %s\n", flagColumn, r[0], strings.Join(wrap(r[1], 70), "\n"+strings.Repeat(" ", flagColumn+4)))
	}
}

func writeExits(b *strings.Builder, exits []Exit) {
	slices.SortStableFunc(exits, func(x, y Exit) int { return cmp.Compare(x.Code, y.Code) })
	b.WriteString("\nExit codes:\n")
	for _, e := range exits {
		fmt.Fprintf(b, "  %3d  %s\n", e.Code, e.Meaning)
	}
}

// wrap breaks a text into lines of at most width bytes where it can.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines, line = append(lines, line), ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
