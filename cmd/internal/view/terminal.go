package view

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The rules of the terminal:
//
//   - Standard output has what was asked for, standard error everything else.
//   - Text is plain ASCII, but for what users wrote themselves.
//   - Colour is an ornament: it comes only on a terminal, never with NO_COLOR,
//     -no-color or TERM=dumb, and whatever it says stands there in words too.
//   - Nothing that comes from outside (paths, messages, labels) can move the
//     cursor: control characters are shown, not sent.
//   - One line at most is ever written over: the progress line, on standard
//     error, on a terminal. It is erased before anything else is printed.
//     Elsewhere progress is a line of its own, the first after five seconds,
//     then one for every ten.
//   - Only one question is asked, on standard error; its answer is a line of
//     standard input; only "yes" goes on; the end of input is a no.
//   - Nothing depends on a terminal: without one everything works the same.

// color is the number of an ANSI attribute.
type color int

const (
	bold   color = 1
	red    color = 31
	green  color = 32
	yellow color = 33
)

// paint gives text in a colour where the stream has them.
func (s *Stream) paint(c color, text string) string {
	if !s.Color {
		return text
	}
	return "\x1b[" + strconv.Itoa(int(c)) + "m" + text + "\x1b[0m"
}

// erase removes the progress line. The caller holds the lock. That a terminal
// has gone is seen by whoever writes the answer.
func (o *Output) erase() {
	if o.line == 0 {
		return
	}
	_, _ = fmt.Fprintf(o.Err.W, "\r%s\r", strings.Repeat(" ", o.line))
	o.line = 0
}

// draw puts a progress line in the place of the last one.
func (o *Output) draw(line string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if width := o.Err.Width - 1; width > 0 && len(line) > width {
		line = line[:width]
	}
	pad := max(0, o.line-len(line))
	_, _ = fmt.Fprintf(o.Err.W, "\r%s%s", line, strings.Repeat(" ", pad))
	o.line = len(line) + pad
}

// printable shows a path or label as it is if that is harmless, else quoted.
func printable(s string) string {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(s)
	}
	return s
}

// clean is printable for running text: line feeds and tabs stay, every other
// control character is shown.
func clean(s string) string {
	var b strings.Builder
	for i, r := range s {
		_, size := utf8.DecodeRuneInString(s[i:])
		bad := r == utf8.RuneError && size == 1 // not U+FFFD itself
		switch {
		case r == '\n' || r == '\t' || unicode.IsPrint(r) && !bad:
			b.WriteRune(r)
		case bad:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}

// oneLine is clean for what must stay on its line: line feeds are shown too.
func oneLine(s string) string { return strings.ReplaceAll(clean(s), "\n", `\n`) }

// wrap breaks running text where the stream's width asks for it, with an
// indent before every line. Lines of the text that start with a space are
// left as they are.
func (s *Stream) wrap(indent, content string) string {
	var b strings.Builder
	for line := range strings.Lines(content) {
		line = strings.TrimRight(line, "\n")
		if s.Width == 0 || strings.HasPrefix(line, " ") || len(indent)+len(line) <= s.Width {
			b.WriteString(strings.TrimRight(indent+line, " ") + "\n")
			continue
		}
		b.WriteString(fill(indent, line, max(s.Width, 40)))
	}
	return b.String()
}

func fill(indent, line string, width int) string {
	var b strings.Builder
	current := indent
	for _, word := range strings.Fields(line) {
		if current != indent && utf8.RuneCountInString(current)+1+utf8.RuneCountInString(word) > width {
			b.WriteString(current + "\n")
			current = indent
		}
		if current != indent {
			current += " "
		}
		current += word
	}
	b.WriteString(current + "\n")
	return b.String()
}
