package format

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/backstay/backstay/engine/policy"
)

// junit is a report of tests: each finding is a test case, and each control
// that has none is one that passed, or was skipped where it met no subject. A
// diagnostic is a case of its own. No time of day and no duration is in it.
type junit struct{}

var _ Format = junit{}

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Errors   int          `xml:"errors,attr"`
	Skipped  int          `xml:"skipped,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	File    string        `xml:"file,attr,omitempty"`
	Line    int           `xml:"line,attr,omitempty"`
	Failure *junitMessage `xml:"failure"`
	Error   *junitMessage `xml:"error"`
	Skipped *junitMessage `xml:"skipped"`
	Output  string        `xml:"system-out,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

func (junit) Write(w io.Writer, d *Document) error {
	s := junitSuite{Name: "backstay " + d.Command}
	told := map[string]bool{}
	for i := range d.Items {
		told[d.Items[i].Rule] = true
		s.add(junitOf(d, &d.Items[i]))
	}
	for i := range d.Controls {
		if c := &d.Controls[i]; !told[c.Control] {
			s.add(junitQuiet(d, c))
		}
	}
	all := junitSuites{
		Name: "backstay", Tests: s.Tests, Failures: s.Failures, Errors: s.Errors, Skipped: s.Skipped,
		Suites: []junitSuite{s},
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	switch {
	case c.Failure != nil:
		s.Failures++
	case c.Error != nil:
		s.Errors++
	case c.Skipped != nil:
		s.Skipped++
	}
	s.Cases = append(s.Cases, c)
}

func junitOf(d *Document, i *Item) junitCase {
	name := strings.TrimSpace(i.Rule + " " + i.Title)
	if i.Address != "" {
		name += " [" + i.Address + "]"
	}
	c := junitCase{Class: "backstay." + d.Command, Name: name, File: d.file(i.Range)}
	if i.Range != nil {
		c.Line = i.Range.Start.Line
	}
	text := i.line()
	if at := d.position(i.Range); at != "" {
		text = at + "\n" + text
	}
	switch {
	case i.Level == Note && i.Waiver != nil:
		c.Skipped = &junitMessage{Message: i.waiver(), Text: text}
	case i.Level == Note:
		c.Skipped = &junitMessage{Message: "decided in a later phase", Text: text}
	case i.Level == Error && i.Result == "" && i.Word == "":
		c.Error = &junitMessage{Message: i.Title, Type: i.Rule, Text: text}
	case i.Level == Error:
		c.Failure = &junitMessage{Message: i.Message, Type: string(i.Severity), Text: text}
	default:
		c.Output = i.word() + ": " + text
	}
	return c
}

// junitQuiet is the case of a control that had nothing to say.
func junitQuiet(d *Document, n *policy.ControlCount) junitCase {
	c := junitCase{Class: "backstay." + d.Command, Name: strings.TrimSpace(n.Control + " " + n.Title)}
	if n.Subjects == 0 {
		c.Skipped = &junitMessage{Message: strings.TrimSpace("not applicable: " + n.Reason)}
	}
	return c
}
