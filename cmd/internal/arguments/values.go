package arguments

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/lang"
)

// list is a flag that may be given more than once. A value that check has
// something against is wrong usage.
type list struct {
	to    *[]string
	check func(string) error // nil: anything goes
}

func (l *list) String() string {
	if l.to == nil {
		return ""
	}
	return strings.Join(*l.to, ",")
}

func (l *list) Set(s string) error {
	if s == "" {
		return errors.New("it is empty")
	}
	if l.check != nil {
		if err := l.check(s); err != nil {
			return err
		}
	}
	*l.to = append(*l.to, s)
	return nil
}

// pattern is a flag that holds a glob on paths.
type pattern struct{ to *string }

func (p *pattern) String() string {
	if p.to == nil {
		return ""
	}
	return *p.to
}

func (p *pattern) Set(s string) error {
	if err := engine.CheckPath(s); err != nil {
		return err
	}
	*p.to = s
	return nil
}

// choice is a flag with a few values.
type choice struct {
	to   *string
	from []string
}

func (c *choice) String() string {
	if c.to == nil {
		return ""
	}
	return *c.to
}

func (c *choice) Set(s string) error {
	if err := oneOf(s, c.from); err != nil {
		return err
	}
	*c.to = s
	return nil
}

// choices is a choice that may be given more than once.
type choices struct {
	to   *[]string
	from []string
}

func (c *choices) String() string { return (&list{to: c.to}).String() }

func (c *choices) Set(s string) error {
	if err := oneOf(s, c.from); err != nil {
		return err
	}
	if !slices.Contains(*c.to, s) {
		*c.to = append(*c.to, s)
	}
	return nil
}

func oneOf(s string, from []string) error {
	if slices.Contains(from, s) {
		return nil
	}
	text := "it is one of " + strings.Join(from, ", ")
	if n := nearest(s, from); n != "" {
		text += fmt.Sprintf("; did you mean %q?", n)
	}
	return errors.New(text)
}

// instant is a flag that holds a moment.
type instant struct{ to *time.Time }

func (i *instant) String() string {
	if i.to == nil || i.to.IsZero() {
		return ""
	}
	return i.to.Format(time.RFC3339)
}

func (i *instant) Set(s string) error {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return errors.New(`it is a moment such as "2026-01-31T12:00:00Z" (RFC 3339)`)
	}
	*i.to = t
	return nil
}

// count is a flag that holds a whole number from least on.
type count struct {
	to    *int
	least int
}

func (c *count) String() string {
	if c.to == nil {
		return ""
	}
	return fmt.Sprint(*c.to)
}

func (c *count) Set(s string) error {
	var n int
	if _, err := fmt.Sscanf(s+"\n", "%d\n", &n); err != nil || n < c.least {
		return fmt.Errorf("it is a whole number from %d on", c.least)
	}
	*c.to = n
	return nil
}

// assignments are -var NAME=VALUE, in order.
type assignments struct{ to *[]lang.VarAssignment }

func (a *assignments) String() string { return "" }

func (a *assignments) Set(s string) error {
	name, value, ok := strings.Cut(s, "=")
	if !ok || strings.TrimSpace(name) == "" {
		return errors.New("it is written NAME=VALUE")
	}
	*a.to = append(*a.to, lang.VarAssignment{Name: strings.TrimSpace(name), Value: value})
	return nil
}
