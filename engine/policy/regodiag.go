package policy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/backstay/backstay/schema/diag"
)

func errorAt(r *diag.Range, code, summary, detail string) diag.Diagnostic {
	return diag.Diagnostic{Severity: diag.Error, Code: code, Summary: summary, Detail: detail, Range: r}
}

// regoRange is the stretch of a Rego file that an OPA location names.
func regoRange(l *ast.Location) *diag.Range {
	if l == nil {
		return nil
	}
	first, _, _ := strings.Cut(string(l.Text), "\n")
	start := diag.Pos{Line: l.Row, Column: l.Col, Byte: l.Offset}
	return &diag.Range{
		Filename: l.File, Start: start,
		End: diag.Pos{Line: l.Row, Column: l.Col + len([]rune(first)), Byte: l.Offset + len(first)},
	}
}

// regoErrors makes diagnostics of what OPA's parser or compiler said.
func regoErrors(err error) diag.List {
	var many ast.Errors
	if !errors.As(err, &many) {
		return diag.List{errorAt(nil, "policy_invalid", "Policy does not compile", sentence(err.Error()))}
	}
	var diags diag.List
	for _, e := range many {
		d := errorAt(regoRange(e.Location), "policy_invalid", "Policy does not compile", sentence(e.Message))
		switch {
		case e.Code == ast.ParseErr:
			d.Summary = "Policy cannot be parsed"
		case strings.Contains(e.Message, "undefined ref"):
			d.Code, d.Summary = "policy_unknown_path", "Policy reads a path that does not exist"
		case strings.Contains(e.Message, "undefined function"):
			d.Code, d.Summary = "policy_unknown_function", "Policy calls a function that it may not call"
			d.Detail += " Policies have no network, environment, clock or chance: what they judge is in `input`, the time in `input.now`."
		}
		if e.Details != nil {
			d.Detail += "\n" + strings.TrimSpace(strings.Join(e.Details.Lines(), "\n"))
		}
		diags = append(diags, d)
	}
	return diags
}

// evalError makes one diagnostic of an evaluation that failed.
func evalError(err error, where *ast.Location, id string) diag.Diagnostic {
	var t *topdown.Error
	detail := err.Error()
	if errors.As(err, &t) {
		detail = t.Message
		if t.Location != nil && t.Location.File != "" {
			where = t.Location
		}
	}
	return errorAt(regoRange(where), "policy_evaluation", "Policy could not be evaluated",
		fmt.Sprintf("The rule of %s raised an error: %s. A rule that fails decides nothing, so this is an error and not a pass. Guard the call, for example by testing that the member exists.", id, strings.TrimSuffix(detail, ".")))
}

func sentence(s string) string {
	s = strings.TrimSpace(s)
	if s == "" {
		return s
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if !strings.HasSuffix(s, ".") {
		s += "."
	}
	return s
}
