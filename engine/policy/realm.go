package policy

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/backstay/backstay/schema/diag"
)

// realms are the kinds of single subjects that rules look at.
func (c *comparing) realms() []realm {
	return []realm{
		{PhasePlan, changeScope, "input.change", changeTable, func(m *markTable, config *Config) subjects {
			return newChangeSpace(m, config, c.now)
		}},
		{PhaseState, copyScope, "input.copy", copyTable().fieldTable, func(m *markTable, _ *Config) subjects {
			return newStructSpace(m, "copy", usualCopySubject(), copyTable())
		}},
		{PhaseState, objectScope, "input.object", objectTable().fieldTable, func(m *markTable, _ *Config) subjects {
			return newStructSpace(m, "object", usualObjectSubject(), objectTable())
		}},
	}
}

func (s *changeSpace) cells() *space { return s.space }

func (s *changeSpace) input() termPair { return pair("change", encode(ChangeInput(&s.change, s.now))) }

// levelOf asks Rego what a set says of one subject, and gives the message of
// the loudest rule. A rule that raises an error is louder than all: nothing
// goes on then.
func (t *tally) levelOf(ctx context.Context, s scope, member termPair) (Level, string, error) {
	level, message := Silent, ""
	for _, c := range t.engine.controls {
		input := t.input(c, member)
		for _, r := range c.rules {
			if r.scope != s || !r.in(t.phase) || r.level() <= level {
				continue
			}
			answers, err := t.ask(ctx, r, input)
			var failed *diag.Failure
			switch {
			case ctx.Err() != nil:
				return level, "", fmt.Errorf("ask %s: %w", c.id, ctx.Err())
			case errors.As(err, &failed):
				return Broken, failed.Diagnostic.Detail, nil
			case err != nil:
				return level, "", err
			case len(answers) > 0:
				level, message = r.level(), c.id+": "+answers[0].message
			}
		}
	}
	return level, message, nil
}

// String is a value as Rego writes it.
func (v value) String() string {
	switch v.kind {
	case boolValue:
		return strconv.FormatBool(v.b)
	case numberValue:
		return strconv.FormatInt(v.n, 10)
	case stringValue:
		return strconv.Quote(v.s)
	case listValue:
		quoted := make([]string, len(v.list))
		for i, s := range v.list {
			quoted[i] = strconv.Quote(s)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	case undefined:
		return "absent"
	case objectValue:
		return "present"
	}
	return ast.NullTerm().String()
}
