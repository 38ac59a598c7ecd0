package format

import (
	"crypto/sha1" // version 5 of UUID is made with it; it protects nothing
	"encoding/hex"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/policy"
)

// oscal is an assessment-results document of OSCAL 1.1.2: one result, an
// observation for each item, and a finding for each control with its status.
// A control is not satisfied if anything about it blocks. A control that met no
// subject, or whose answer is deferred, has no finding: nothing was shown.
// Identifiers are made of what they name, so that equal answers are equal bytes.
type oscal struct{}

var _ Format = oscal{}

const (
	oscalVersion = "1.1.2"
	oscalSystem  = "https://github.com/backstay/backstay/controls"
)

type oscalDocument struct {
	Results oscalRoot `json:"assessment-results"`
}

type oscalRoot struct {
	UUID       string          `json:"uuid"`
	Metadata   oscalMetadata   `json:"metadata"`
	ImportAP   oscalLink       `json:"import-ap"`
	Results    []oscalResult   `json:"results"`
	BackMatter oscalBackMatter `json:"back-matter"`
}

type oscalMetadata struct {
	Title    string `json:"title"`
	Modified string `json:"last-modified"`
	Version  string `json:"version"`
	OSCAL    string `json:"oscal-version"`
}

type oscalLink struct {
	Href    string `json:"href"`
	Remarks string `json:"remarks,omitempty"`
}

type oscalBackMatter struct {
	Resources []oscalResource `json:"resources"`
}

type oscalResource struct {
	UUID        string `json:"uuid"`
	Title       string `json:"title"`
	Description string `json:"description"`
}

type oscalResult struct {
	UUID         string             `json:"uuid"`
	Title        string             `json:"title"`
	Description  string             `json:"description"`
	Start        string             `json:"start"`
	End          string             `json:"end"`
	Reviewed     oscalReviewed      `json:"reviewed-controls"`
	Observations []oscalObservation `json:"observations,omitempty"`
	Findings     []oscalFinding     `json:"findings,omitempty"`
}

type oscalReviewed struct {
	Selections []oscalSelection `json:"control-selections"`
}

type oscalSelection struct {
	All     *struct{}      `json:"include-all,omitempty"`
	Include []oscalControl `json:"include-controls,omitempty"`
}

type oscalControl struct {
	ID string `json:"control-id"`
}

type oscalObservation struct {
	UUID        string          `json:"uuid"`
	Title       string          `json:"title,omitempty"`
	Description string          `json:"description"`
	Props       []oscalProp     `json:"props,omitempty"`
	Methods     []string        `json:"methods"`
	Collected   string          `json:"collected"`
	Evidence    []oscalEvidence `json:"relevant-evidence,omitempty"`
	Remarks     string          `json:"remarks,omitempty"`
}

type oscalEvidence struct {
	Description string `json:"description"`
}

type oscalProp struct {
	Name  string `json:"name"`
	NS    string `json:"ns"`
	Value string `json:"value"`
}

type oscalFinding struct {
	UUID        string         `json:"uuid"`
	Title       string         `json:"title"`
	Description string         `json:"description"`
	Target      oscalTarget    `json:"target"`
	Related     []oscalRelated `json:"related-observations,omitempty"`
}

type oscalTarget struct {
	Type   string      `json:"type"`
	ID     string      `json:"target-id"`
	Status oscalStatus `json:"status"`
}

type oscalStatus struct {
	State  string `json:"state"`
	Reason string `json:"reason"`
}

type oscalRelated struct {
	UUID string `json:"observation-uuid"`
}

func (oscal) Write(w io.Writer, d *Document) error {
	o := oscalBuilder{d: d, at: d.At.UTC().Format(time.RFC3339), related: map[string][]oscalRelated{}}
	plan := o.uuid("plan")
	root := oscalRoot{
		UUID: o.uuid("document"),
		Metadata: oscalMetadata{
			Title: "Backstay " + d.Command, Modified: o.at, Version: o.at, OSCAL: oscalVersion,
		},
		ImportAP:   oscalLink{"#" + plan, "The plan of this assessment is the configuration with the policies that it chose."},
		Results:    []oscalResult{o.result()},
		BackMatter: oscalBackMatter{[]oscalResource{{plan, "Configuration", "The backup plans and policies that were assessed."}}},
	}
	return writeJSON(w, oscalDocument{root})
}

// oscalBuilder makes the parts of one document.
type oscalBuilder struct {
	d       *Document
	at      string
	related map[string][]oscalRelated // by control
}

func (o *oscalBuilder) result() oscalResult {
	r := oscalResult{
		UUID: o.uuid("result"), Title: "Backstay " + o.d.Command, Description: o.d.Headline, Start: o.at, End: o.at,
		Reviewed: oscalReviewed{[]oscalSelection{o.selection()}},
	}
	for i := range o.d.Items {
		r.Observations = append(r.Observations, o.observation(i))
	}
	for i := range o.d.Controls {
		if c := &o.d.Controls[i]; c.Pass+c.Fail+c.Warn+c.Waived+c.Unknown > 0 {
			r.Findings = append(r.Findings, o.finding(c))
		}
	}
	return r
}

// selection names the controls that were asked; without any, which happens
// when the configuration cannot be read, all were meant.
func (o *oscalBuilder) selection() oscalSelection {
	if len(o.d.Controls) == 0 {
		return oscalSelection{All: &struct{}{}}
	}
	var s oscalSelection
	for i := range o.d.Controls {
		s.Include = append(s.Include, oscalControl{token(o.d.Controls[i].Control)})
	}
	return s
}

func (o *oscalBuilder) observation(n int) oscalObservation {
	i := &o.d.Items[n]
	out := oscalObservation{
		UUID: o.uuid("observation", fmt.Sprint(n), i.Rule, i.Address), Title: i.Title, Description: i.line(),
		Methods: []string{"TEST"}, Collected: o.at, Remarks: i.waiver(),
		Props: []oscalProp{{"rule", oscalSystem, value(i.Rule)}, {"level", oscalSystem, string(i.Level)}},
	}
	if i.Address != "" {
		out.Props = append(out.Props, oscalProp{"address", oscalSystem, value(i.Address)})
	}
	if at := o.d.position(i.Range); at != "" {
		out.Evidence = []oscalEvidence{{at}}
	}
	o.related[i.Rule] = append(o.related[i.Rule], oscalRelated{out.UUID})
	return out
}

func (o *oscalBuilder) finding(c *policy.ControlCount) oscalFinding {
	status := oscalStatus{"satisfied", "pass"}
	switch {
	case c.Fail > 0 && c.Severity != policy.Advisory:
		status = oscalStatus{"not-satisfied", "fail"}
	case c.Fail+c.Unknown+c.Waived > 0:
		status = oscalStatus{"not-satisfied", "other"}
	}
	title := c.Title
	if title == "" {
		title = c.Control
	}
	return oscalFinding{
		UUID: o.uuid("finding", c.Control), Title: title,
		Description: fmt.Sprintf("%d subjects: %d pass, %d fail, %d warn, %d waived, %d unknown.",
			c.Subjects, c.Pass, c.Fail, c.Warn, c.Waived, c.Unknown),
		Target:  oscalTarget{Type: "objective-id", ID: token(c.Control), Status: status},
		Related: o.related[c.Control],
	}
}

// uuid is a version 5 UUID of the document's moment, command and headline and
// of the parts.
func (o *oscalBuilder) uuid(parts ...string) string {
	h := sha1.Sum([]byte(strings.Join(append([]string{oscalSystem, o.at, o.d.Command, o.d.Headline}, parts...), "\x00")))
	h[6], h[8] = h[6]&0x0f|0x50, h[8]&0x3f|0x80
	s := hex.EncodeToString(h[:16])
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}

// token is a control's id as OSCAL spells identifiers: letters, digits, dot,
// hyphen and underscore, and no digit first.
func token(id string) string {
	clean := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '.'
	}, id)
	if clean == "" || strings.ContainsRune("0123456789.-", rune(clean[0])) {
		clean = "_" + clean
	}
	return clean
}

// value is text on one line that is not empty, as a property's value must be.
func value(s string) string {
	if s = strings.Join(strings.Fields(s), " "); s == "" {
		return "-"
	}
	return s
}
