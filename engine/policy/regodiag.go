package policy

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

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

// regoErrors makes diagnostics of what OPA's parser or compiler said. Of a
// policy set that is not read yet it knows no names.
func regoErrors(err error) diag.List { return (&Engine{}).regoErrors(err) }

// regoErrors makes diagnostics of what OPA's parser or compiler said, with the
// names that were probably meant.
func (e *Engine) regoErrors(err error) diag.List {
	var many ast.Errors
	if !errors.As(err, &many) {
		return diag.List{errorAt(nil, "policy_invalid", "Policy does not compile", sentence(err.Error()))}
	}
	var diags diag.List
	for _, x := range many {
		diags = append(diags, e.regoError(x))
	}
	return dedupe(diags) // each entry rule was compiled twice, under its own name and its alias
}

var ruleNamed = regexp.MustCompile(` in rule \S+$`)

func (e *Engine) regoError(x *ast.Error) diag.Diagnostic {
	message := ruleNamed.ReplaceAllString(x.Message, "")
	d := errorAt(regoRange(x.Location), "policy_invalid", "Policy does not compile", sentence(message))
	var ref *ast.RefErrInvalidDetail
	if x.Details != nil {
		ref, _ = x.Details.(*ast.RefErrInvalidDetail)
	}
	switch {
	case x.Code == ast.ParseErr:
		d.Summary = "Policy cannot be parsed"
		return d
	case ref != nil:
		return e.unknownPath(d, ref)
	case strings.Contains(message, "undefined ref"):
		d.Code, d.Summary = "policy_unknown_path", "Policy reads a path that does not exist"
	case strings.Contains(message, "undefined function"):
		d.Code, d.Summary = "policy_unknown_function", "Policy calls a function that it may not call"
		word := strings.TrimPrefix(message, "undefined function ")
		d.Detail += nearest(word, append(e.namesBeside(d.Range), builtinNames()...))
		d.Detail += " Policies have no network, environment, clock or chance: what they judge is in `input`, the time in `input.now`."
		d.Range = e.narrowed(d.Range, word)
	case strings.HasSuffix(message, " is unsafe"):
		word := strings.TrimSuffix(strings.TrimPrefix(message, "var "), " is unsafe")
		d.Code, d.Summary = "policy_unknown_name", "Policy uses a name that nothing gives a value"
		d.Detail = fmt.Sprintf("%q is no rule of this package, and nothing in this rule gives it a value.%s", word, nearest(word, e.namesBeside(d.Range)))
		d.Range = e.narrowed(d.Range, word)
	}
	if x.Details != nil {
		d.Detail += "\n" + strings.TrimSpace(strings.Join(x.Details.Lines(), "\n"))
	}
	return d
}

// unknownPath says which member of the input a path misses.
func (e *Engine) unknownPath(d diag.Diagnostic, ref *ast.RefErrInvalidDetail) diag.Diagnostic {
	d.Code, d.Summary = "policy_unknown_path", "Policy reads a path that does not exist"
	word, ok := ref.Ref[ref.Pos].Value.(ast.String)
	if !ok {
		return d
	}
	var known []string
	for _, v := range ref.OneOf {
		if s, ok := v.(ast.String); ok {
			known = append(known, string(s))
		}
	}
	hint := nearest(string(word), known)
	if hint == "" && len(known) > 0 {
		hint = " There are " + strings.Join(known, ", ") + "."
	}
	d.Detail = fmt.Sprintf("%s has no member %q.%s A rule that reads what is never there holds for nobody.", ref.Ref[:ref.Pos], string(word), hint)
	d.Range = e.narrowed(d.Range, string(word))
	return d
}

// namesBeside are the rules of the package of a file.
func (e *Engine) namesBeside(r *diag.Range) (out []string) {
	at := e.moduleOf(r)
	if at == nil || at.parsed == nil {
		return nil
	}
	for _, s := range e.sets {
		for _, m := range s.modules {
			if m.parsed != nil && m.parsed.Package.Equal(at.parsed.Package) {
				for _, x := range m.parsed.Rules {
					if name := ruleName(x); !strings.HasPrefix(name, aliasPrefix) {
						out = append(out, name)
					}
				}
			}
		}
	}
	return out
}

func builtinNames() []string {
	var out []string
	for _, b := range capabilities().Builtins {
		out = append(out, b.Name)
	}
	return out
}

// moduleOf is the file of a policy that a range points into.
func (e *Engine) moduleOf(r *diag.Range) *module {
	for _, s := range e.sets {
		for _, m := range s.modules {
			if r != nil && m.name == r.Filename {
				return m
			}
		}
	}
	return nil
}

// narrowed is the word that a diagnostic is about, where it stands on the first
// line of a range.
func (e *Engine) narrowed(r *diag.Range, word string) *diag.Range {
	m := e.moduleOf(r)
	if m == nil || r.Start.Byte < 0 || r.Start.Byte > len(m.text) {
		return r
	}
	line, _, _ := strings.Cut(string(m.text[r.Start.Byte:]), "\n")
	i := wholeWord(line, word)
	if i < 0 {
		return r
	}
	out := *r
	out.Start = diag.Pos{Line: r.Start.Line, Column: r.Start.Column + utf8.RuneCountInString(line[:i]), Byte: r.Start.Byte + i}
	out.End = diag.Pos{Line: r.Start.Line, Column: out.Start.Column + utf8.RuneCountInString(word), Byte: out.Start.Byte + len(word)}
	return &out
}

// wholeWord finds a word that is not part of a longer one.
func wholeWord(line, word string) int {
	at := regexp.MustCompile(`(^|[^\w])` + regexp.QuoteMeta(word) + `($|[^\w])`).FindStringIndex(line)
	if at == nil {
		return -1
	}
	return at[0] + strings.Index(line[at[0]:], word)
}

// Snippet is the text of a policy that a range points at; nil where it points
// into none.
func (e *Engine) Snippet(r diag.Range) *diag.Snippet {
	if m := e.moduleOf(&r); m != nil {
		return diag.Cut(m.text, r)
	}
	return nil
}

// illustrate adds the snippet to diagnostics that point into a policy.
func (e *Engine) illustrate(ds diag.List) diag.List {
	for i := range ds {
		if ds[i].Snippet == nil && ds[i].Range != nil {
			ds[i].Snippet = e.Snippet(*ds[i].Range)
		}
	}
	return ds
}

// failed is the error of an evaluation that failed, with its place.
func (e *Engine) failed(err error, r *rule) error {
	return diag.Fail(e.illustrate(diag.List{evalError(err, r.location, r.control.id)})[0])
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
