package format

import (
	"io"
	"net/url"
	"strings"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/schema/diag"
)

// sarif is a log of static analysis, version 2.1.0: one run, one rule for each
// control, code or kind, one result for each item. Regions are the ranges of
// the configuration; columns count characters from 1. What is waived is
// suppressed with the waiver as its reason, and what is deferred is open. Every
// result has a file: GitHub refuses a log with one that has none.
type sarif struct{}

var _ Format = sarif{}

const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

type sarifLog struct {
	Schema  string     `json:"$schema"`
	Version string     `json:"version"`
	Runs    []sarifRun `json:"runs"`
}

type sarifRun struct {
	Tool        sarifTool         `json:"tool"`
	Invocations []sarifInvocation `json:"invocations"`
	ColumnKind  string            `json:"columnKind"`
	Results     []sarifResult     `json:"results"`
}

type sarifTool struct {
	Driver sarifDriver `json:"driver"`
}

type sarifDriver struct {
	Name    string      `json:"name"`
	Version string      `json:"version,omitempty"`
	Rules   []sarifRule `json:"rules"`
}

type sarifRule struct {
	ID         string          `json:"id"`
	Short      *sarifText      `json:"shortDescription,omitempty"`
	Properties *sarifRuleFacts `json:"properties,omitempty"`
}

type sarifRuleFacts struct {
	Tags     []string        `json:"tags,omitempty"`
	Severity policy.Severity `json:"severity,omitempty"`
}

type sarifInvocation struct {
	Successful bool `json:"executionSuccessful"`
	Exit       int  `json:"exitCode"`
}

type sarifText struct {
	Text string `json:"text"`
}

type sarifResult struct {
	Rule         string             `json:"ruleId"`
	RuleIndex    int                `json:"ruleIndex"`
	Kind         string             `json:"kind,omitempty"`
	Level        string             `json:"level"`
	Message      sarifText          `json:"message"`
	Locations    []sarifLocation    `json:"locations"`
	Fingerprints map[string]string  `json:"partialFingerprints"`
	Suppressions []sarifSuppression `json:"suppressions,omitempty"`
}

type sarifLocation struct {
	Physical sarifPhysical  `json:"physicalLocation"`
	Logical  []sarifLogical `json:"logicalLocations,omitempty"`
}

type sarifPhysical struct {
	Artifact sarifArtifact `json:"artifactLocation"`
	Region   *sarifRegion  `json:"region,omitempty"`
}

type sarifArtifact struct {
	URI string `json:"uri"`
}

type sarifRegion struct {
	StartLine   int        `json:"startLine"`
	StartColumn int        `json:"startColumn,omitempty"`
	EndLine     int        `json:"endLine,omitempty"`
	EndColumn   int        `json:"endColumn,omitempty"`
	Snippet     *sarifText `json:"snippet,omitempty"`
}

type sarifLogical struct {
	Name string `json:"fullyQualifiedName"`
}

type sarifSuppression struct {
	Kind          string `json:"kind"`
	Status        string `json:"status"`
	Justification string `json:"justification"`
}

func (sarif) Write(w io.Writer, d *Document) error {
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: "Backstay", Version: d.Version, Rules: []sarifRule{}}},
		Invocations: []sarifInvocation{{!d.Failed, d.Exit}},
		ColumnKind:  "unicodeCodePoints",
		Results:     []sarifResult{},
	}
	index := map[string]int{}
	seen := map[string]int{}
	for i := range d.Items {
		item := &d.Items[i]
		n, known := index[item.Rule]
		if !known {
			n = len(run.Tool.Driver.Rules)
			index[item.Rule] = n
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRuleOf(item))
		}
		r := sarifResultOf(d, item)
		key := strings.Join([]string{item.Rule, string(item.Result), item.Address}, "\x00")
		seen[key]++
		r.RuleIndex, r.Fingerprints = n, map[string]string{"backstay/v1": fingerprint(key + strings.Repeat("\x00", seen[key]))}
		run.Results = append(run.Results, r)
	}
	return writeJSON(w, sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

func sarifRuleOf(i *Item) sarifRule {
	r := sarifRule{ID: i.Rule}
	if i.Title != "" {
		r.Short = &sarifText{i.Title}
	}
	if i.Severity != "" || len(i.Clauses) > 0 {
		r.Properties = &sarifRuleFacts{Tags: unique(i.Clauses), Severity: i.Severity}
	}
	return r
}

func sarifResultOf(d *Document, i *Item) sarifResult {
	r := sarifResult{Rule: i.Rule, Level: string(i.Level), Message: sarifText{i.line()}}
	if i.Result == policy.Deferred {
		r.Kind, r.Level = "open", "none" // a level is for what failed alone
	}
	if i.Waiver != nil {
		r.Suppressions = []sarifSuppression{{Kind: "external", Status: "accepted", Justification: i.waiver()}}
	}
	at := sarifLocation{Physical: sarifPhysical{Artifact: sarifArtifact{sarifURI(d.anchor())}}}
	if name := d.file(i.Range); name != "" {
		at.Physical = sarifPhysical{Artifact: sarifArtifact{sarifURI(name)}, Region: sarifRegionOf(i.Range, i.Source)}
	}
	if i.Address != "" {
		at.Logical = []sarifLogical{{i.Address}}
	}
	r.Locations = []sarifLocation{at}
	return r
}

// sarifURI is a path as a relative reference, which readers resolve against the
// root of the repository; an absolute path becomes a URI of its own.
func sarifURI(name string) string {
	u := url.URL{Path: name}
	if strings.HasPrefix(name, "/") {
		u.Scheme = "file"
	}
	return u.String()
}

func sarifRegionOf(r *diag.Range, source *diag.Snippet) *sarifRegion {
	if r.Start.Line == 0 {
		return nil
	}
	region := &sarifRegion{
		StartLine: r.Start.Line, StartColumn: max(r.Start.Column, 1),
		EndLine: max(r.End.Line, r.Start.Line), EndColumn: max(r.End.Column, 1),
	}
	if source != nil && source.HighlightEnd <= len(source.Code) && source.HighlightStart < source.HighlightEnd {
		region.Snippet = &sarifText{source.Code[source.HighlightStart:source.HighlightEnd]}
	}
	return region
}

// unique is the list with each element once, as a set of tags must be.
func unique(list []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range list {
		if !seen[s] {
			out = append(out, s)
		}
		seen[s] = true
	}
	return out
}
