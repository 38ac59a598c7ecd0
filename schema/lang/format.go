package lang

import (
	"bytes"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"

	"github.com/backstay/backstay/schema/diag"
)

// Format gives the canonical style of a file in native syntax: two spaces a
// level, equals signs in line, at most one blank line in a row and none at the
// edge of a block or file, line feeds, one at the end. What the file means does
// not change. JSON is returned as it is. A file that cannot be parsed is
// returned as it is, with what is wrong.
func Format(src []byte, filename string) ([]byte, diag.List) {
	if strings.HasSuffix(filename, ".json") {
		return src, nil
	}
	s := newSources()
	s.files[filename] = src
	_, diags := parseFile(src, filename)
	for i := range diags {
		if diags[i].Range != nil {
			diags[i].Snippet = s.Snippet(*diags[i].Range)
		}
	}
	if diags.HasErrors() {
		return src, diags
	}
	return hclwrite.Format(tidy(hclwrite.Format(src), filename)), diags
}

// tidy rewrites line ends: it copies tokens and the space between them, and
// decides at every newline token how many there shall be. Newlines within a
// heredoc, a string or a block comment are part of other tokens.
func tidy(src []byte, filename string) []byte {
	tokens, _ := hclsyntax.LexConfig(src, filename, hcl.InitialPos)
	var out bytes.Buffer
	w := lines{out: &out, open: true}
	at := 0
	for _, t := range tokens {
		space := src[at:t.Range.Start.Byte]
		at = t.Range.End.Byte
		switch {
		case t.Type == hclsyntax.TokenEOF:
		case t.Type == hclsyntax.TokenNewline:
			w.newline()
		default:
			text := t.Bytes
			if t.Type == hclsyntax.TokenComment && !bytes.HasPrefix(text, []byte("/*")) {
				text = bytes.TrimRight(text, " \t\r\n")
			}
			w.token(t.Type, space, text)
			if t.Type == hclsyntax.TokenComment && bytes.HasSuffix(t.Bytes, []byte("\n")) {
				w.newline()
			}
		}
	}
	if out.Len() == 0 {
		return nil
	}
	return append(out.Bytes(), '\n')
}

// lines writes tokens and holds newlines back until it is known what follows.
type lines struct {
	out     *bytes.Buffer
	pending int  // newlines not yet written
	open    bool // the last token opened a body, or none was written
}

func (w *lines) newline() { w.pending++ }

func (w *lines) token(t hclsyntax.TokenType, space, text []byte) {
	n := min(w.pending, 2)
	first := w.out.Len() == 0
	if n == 2 && (w.open || t == hclsyntax.TokenCBrace || t == hclsyntax.TokenCBrack || t == hclsyntax.TokenCParen) {
		n = 1
	}
	if first {
		n = 0
	}
	for range n {
		w.out.WriteByte('\n')
	}
	w.out.Write(space)
	w.out.Write(text)
	w.pending = 0
	w.open = t == hclsyntax.TokenOBrace || t == hclsyntax.TokenOBrack || t == hclsyntax.TokenOParen
}
