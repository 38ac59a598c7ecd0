package lang

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/backstay/backstay/schema/diag"
)

// rng turns a range of HCL into ours.
func rng(r hcl.Range) diag.Range {
	return diag.Range{
		Filename: r.Filename,
		Start:    diag.Pos{Line: r.Start.Line, Column: r.Start.Column, Byte: r.Start.Byte},
		End:      diag.Pos{Line: r.End.Line, Column: r.End.Column, Byte: r.End.Byte},
	}
}

// known maps a summary of HCL to a code and a summary of ours. What is not
// here is a syntax error if a parser said it, else an invalid expression.
var known = map[string][2]string{
	"Attribute redefined":               {"duplicate_attribute", "Attribute written twice"},
	"Duplicate argument":                {"duplicate_attribute", "Attribute written twice"},
	"Duplicate attribute definition":    {"duplicate_attribute", "Attribute written twice"},
	"Unsupported argument":              {"unknown_attribute", "Unknown attribute"},
	"Extraneous JSON object property":   {"unknown_attribute", "Unknown attribute"},
	"Unsupported block type":            {"unknown_block", "Unknown block"},
	"Missing block label":               {"missing_label", "Missing label"},
	"Incorrect JSON value type":         {"syntax_error", "Syntax error"},
	"Call to unknown function":          {"unknown_function", "Unknown function"},
	"Error in function call":            {"function_failed", "Function call failed"},
	"Invalid function argument":         {"function_failed", "Function call failed"},
	"Not enough function arguments":     {"function_failed", "Function call failed"},
	"Too many function arguments":       {"function_failed", "Function call failed"},
	"Unknown variable":                  {"unknown_reference", "Unknown reference"},
	"Variables not allowed":             {"not_constant", "Value must be constant"},
	"Function calls not allowed":        {"not_constant", "Value must be constant"},
	"Invalid dynamic for_each value":    {"invalid_for_each", "Invalid for_each"},
	"Invalid dynamic block label":       {"invalid_dynamic", "Invalid dynamic block"},
	"Invalid dynamic iterator name":     {"invalid_dynamic", "Invalid dynamic block"},
	"Missing dynamic content block":     {"invalid_dynamic", "Invalid dynamic block"},
	"Extraneous dynamic content block":  {"invalid_dynamic", "Invalid dynamic block"},
	"Insufficient dynamic block labels": {"invalid_dynamic", "Invalid dynamic block"},
	"Extraneous dynamic block label":    {"invalid_dynamic", "Invalid dynamic block"},
}

func classify(summary, fallbackCode, fallbackSummary string) (code, text string) {
	if k, ok := known[summary]; ok {
		return k[0], k[1]
	}
	switch {
	case strings.HasPrefix(summary, "Extraneous label for "):
		return "extra_label", "Too many labels"
	case strings.HasPrefix(summary, "Missing ") && strings.Contains(summary, " for "):
		return "missing_label", "Missing label"
	case strings.HasPrefix(summary, "Unexpected ") && strings.HasSuffix(summary, " block"):
		return "unknown_block", "Unknown block"
	}
	return fallbackCode, fallbackSummary
}

// syntaxDiags turns what a parser said into diagnostics.
func syntaxDiags(hd hcl.Diagnostics) diag.List {
	var out diag.List
	for _, d := range hd {
		code, summary := classify(d.Summary, "syntax_error", "Syntax error")
		out = append(out, fromHCL(d, code, summary, sentence(d)))
	}
	return out
}

func fromHCL(d *hcl.Diagnostic, code, summary, detail string) diag.Diagnostic {
	out := diag.Diagnostic{Severity: diag.Error, Code: code, Summary: summary, Detail: detail}
	if d.Subject != nil {
		r := rng(*d.Subject)
		out.Range = &r
	}
	return out
}

// sentence is HCL's detail, after its summary where ours says less.
func sentence(d *hcl.Diagnostic) string {
	_, ours := known[d.Summary]
	switch {
	case d.Detail == "":
		return d.Summary + "."
	case ours:
		return d.Detail
	}
	return d.Summary + ": " + d.Detail
}

// convert appends diagnostics of decoding and evaluation. In is the block that
// was decoded, for suggestions; it may be nil.
func (l *loader) convert(hd hcl.Diagnostics, in *block) {
	for _, d := range hd {
		l.add(l.converted(d, in)...)
	}
}

func (l *loader) converted(d *hcl.Diagnostic, in *block) diag.List {
	if bad := l.badReferences(d); len(bad) > 0 {
		return bad
	}
	code, summary := classify(d.Summary, "invalid_expression", "Invalid expression")
	detail := sentence(d)
	switch code {
	case "unknown_attribute", "unknown_block":
		if in == nil {
			break
		}
		detail = unexpected(strings.Trim(l.textAt(d), `"`), code, in)
	case "unknown_function":
		if name := l.textAt(d); name != "" {
			detail = fmt.Sprintf("There is no function %q.%s", name, didYouMean(name, functionNames()))
		}
	case "function_failed":
		if e, ok := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d); ok && errors.Is(e.FunctionCallError(), errNoEnv) {
			code, summary = "env_not_allowed", "Environment not allowed here"
			detail = "The function env() may be called only in a state block and in credentials of a source or destination: everything else is reviewed and digested, and has to mean the same everywhere. Use a variable; BACKSTAY_VAR_name sets it from the environment."
		}
	}
	out := fromHCL(d, code, summary, detail)
	out.Snippet = l.snippet(out.Range)
	if out.Snippet != nil && d.Expression != nil {
		out.Snippet.Values = valuesOf(d.Expression, d.EvalContext)
	}
	return diag.List{out}
}

func unexpected(name, code string, in *block) string {
	attrs, blocks := in.attrNames(), in.blockNames()
	if in.name == "" && slices.Contains(blocks, name) {
		return fmt.Sprintf("A file holds blocks only: write %s { ... } without an equals sign.", name)
	}
	if in.name == "" { // top level of a file
		return fmt.Sprintf("A file holds blocks only, and there is no block %q.%s", name, didYouMean(name, blocks))
	}
	switch {
	case code == "unknown_attribute" && slices.Contains(blocks, name):
		return fmt.Sprintf("%s block has no attribute %q, but a block: write %s { ... } without an equals sign.", an(in.name), name, name)
	case code == "unknown_block" && slices.Contains(attrs, name):
		return fmt.Sprintf("%s block has no block %q, but an attribute: write %s = ... with an equals sign.", an(in.name), name, name)
	case name == "for_each":
		return fmt.Sprintf("%s block takes no for_each; source, destination and backup do. For blocks within them, use a dynamic block.", an(in.name))
	}
	candidates := attrs
	word := "attribute"
	if code == "unknown_block" {
		candidates, word = blocks, "block"
	}
	if nearest(name, candidates) == "" {
		candidates = append(attrs, blocks...)
	}
	return fmt.Sprintf("%s block has no %s %q.%s", an(in.name), word, name, didYouMean(name, candidates))
}

func (l *loader) textAt(d *hcl.Diagnostic) string {
	if d.Subject == nil {
		return ""
	}
	src := l.sources.files[d.Subject.Filename]
	if d.Subject.End.Byte > len(src) || d.Subject.Start.Byte > d.Subject.End.Byte {
		return ""
	}
	return string(src[d.Subject.Start.Byte:d.Subject.End.Byte])
}

func (l *loader) add(ds ...diag.Diagnostic) { l.diags = append(l.diags, ds...) }

// fail records an error at a range, with its snippet.
func (l *loader) fail(r diag.Range, code, summary, detail string) {
	d := diag.Diagnostic{Severity: diag.Error, Code: code, Summary: summary, Detail: detail}
	if !r.IsZero() {
		d.Range = &r
		d.Snippet = l.sources.Snippet(r)
	}
	l.add(d)
}

// failAt is fail for a block that has an address.
func (l *loader) failAt(address string, r diag.Range, code, summary, detail string) {
	l.fail(r, code, summary, detail)
	l.diags[len(l.diags)-1].Address = address
}

func (l *loader) snippet(r *diag.Range) *diag.Snippet {
	if r == nil {
		return nil
	}
	return l.sources.Snippet(*r)
}

// addSnippets completes the diagnostics that came before their file was kept.
func (l *loader) addSnippets() {
	for i := range l.diags {
		if l.diags[i].Snippet == nil {
			l.diags[i].Snippet = l.snippet(l.diags[i].Range)
		}
	}
}

// settled is what the caller gets: sorted, and without repeated messages (a
// block with for_each is decoded once per key, and says the same each time).
// Beside an error, "decided later" is dropped: the value may be unknown because
// of the error.
func settled(list diag.List) diag.List {
	type mark struct {
		code, detail string
		at           diag.Range
	}
	seen := map[mark]bool{}
	failed := list.HasErrors()
	var out diag.List
	for _, d := range list {
		m := mark{code: d.Code, detail: d.Detail}
		if d.Range != nil {
			m.at = *d.Range
		}
		if seen[m] || failed && d.Code == "deferred" {
			continue
		}
		seen[m] = true
		out = append(out, d)
	}
	return out.Sorted()
}
