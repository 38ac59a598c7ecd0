package lang

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/backstay/backstay/schema/diag"
)

// The parser and the evaluator call themselves for every bracket, unary
// operator and conditional. A file made to exhaust the stack would end the
// program without a message, so depth is bounded before parsing.
const (
	maxDepth  = 200
	maxRepeat = 2000 // conditionals in one expression, operators in a row
)

func checkDepth(src []byte, name string) *diag.Diagnostic {
	if strings.HasSuffix(name, ".json") {
		return depthOfBytes(src, name)
	}
	depth, run := 0, 0
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen,
			hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd:
			depth--
		case hclsyntax.TokenBang, hclsyntax.TokenMinus, hclsyntax.TokenQuestion:
			run++
		case hclsyntax.TokenNewline:
			run = 0
		}
		if depth > maxDepth || run > maxRepeat {
			return tooDeep(rng(t.Range))
		}
	}
	return nil
}

// depthOfBytes bounds JSON: brackets of the document and, since a string may
// hold a template, those inside strings as well. Every string ends what it
// began.
func depthOfBytes(src []byte, name string) *diag.Diagnostic {
	outer, inner, run, line := 0, 0, 0, 1
	quoted, escaped := false, false
	for i, c := range src {
		switch {
		case c == '\n':
			line++
		case escaped:
			escaped = false
			continue
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted, inner, run = !quoted, 0, 0
		case c == '{' || c == '[' || c == '(':
			if quoted {
				inner++
			} else {
				outer++
			}
		case c == '}' || c == ']' || c == ')':
			if quoted {
				inner--
			} else {
				outer--
			}
		case quoted && (c == '!' || c == '-' || c == '?'):
			run++
		}
		if outer > maxDepth || inner > maxDepth || run > maxRepeat {
			pos := diag.Pos{Line: line, Column: 1, Byte: i}
			return tooDeep(diag.Range{Filename: name, Start: pos, End: pos})
		}
	}
	return nil
}

func tooDeep(r diag.Range) *diag.Diagnostic {
	return &diag.Diagnostic{
		Severity: diag.Error, Code: "too_deep", Summary: "Nested too deeply", Range: &r,
		Detail: fmt.Sprintf("Brackets are nested more than %d deep here, or operators follow each other more than %d times. Such a text cannot be read safely; split it with locals.", maxDepth, maxRepeat),
	}
}
