package arguments

import (
	"strconv"
	"strings"
)

// ResumeCommand is the command line that carries on this apply, ready to be
// pasted into a shell.
func (a *Apply) ResumeCommand(g Globals) string {
	words := []string{"backstay"}
	if g.Chdir != "" {
		words = append(words, "-chdir="+g.Chdir)
	}
	words = append(words, "apply", "-resume")
	words = append(words, a.Config.words()...)
	for _, name := range a.Request.Allow {
		words = append(words, "-allow="+name)
	}
	if a.Request.Partial {
		words = append(words, "-partial")
	}
	if n := a.Request.Parallelism; n > 0 {
		words = append(words, "-parallelism="+strconv.Itoa(n))
	}
	if g.JSON {
		words = append(words, "-json")
	}
	return ShellQuote(words)
}

func (c *Config) words() []string {
	var words []string
	for _, v := range c.Vars {
		words = append(words, "-var="+v.Name+"="+v.Value)
	}
	for _, f := range c.VarFiles {
		words = append(words, "-var-file="+f)
	}
	if c.PolicySet != "" {
		words = append(words, "-policy-set="+c.PolicySet)
	}
	return words
}

// ShellQuote joins words so that a POSIX shell takes them apart again.
func ShellQuote(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = w
		if w == "" || strings.ContainsFunc(w, special) {
			quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}

// special tells whether a shell may see more in a character than itself.
func special(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
		return false
	}
	return !strings.ContainsRune("-_=./:@,+%", r)
}
