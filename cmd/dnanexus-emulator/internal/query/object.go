package query

import (
	"slices"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// Object is the conditions of findDataObjects on one copy, its project and
// folder apart.
type Object struct {
	classes    []string
	state      string
	visibility string
	name       Text
	properties Properties
	tags       Labels
	types      Labels
	link       string
	created    Span
	modified   Span
	archival   string
	ids        []string
	named      map[string]bool // ids
}

// ObjectOf reads the conditions; in.Err tells what was wrong.
func ObjectOf(in *wire.Input) *Object {
	q := &Object{
		state:      in.Choice("state", "any", model.Open, model.Closing, model.Closed, "any"),
		visibility: in.Choice("visibility", "visible", "hidden", "visible", "either"),
		name:       Name(in, "name"), properties: PropertiesOf(in, "properties"),
		tags: LabelsOf(in, "tags"), types: LabelsOf(in, "type"),
		created: SpanOf(in, "created"), modified: SpanOf(in, "modified"), ids: in.Texts("id"),
		archival: in.Choice("archivalState", "any", append(states(), "any")...),
	}
	if older := LabelsOf(in, "tag"); q.tags == nil {
		q.tags = older
	}
	if class, ok := in.Keys()["class"].(string); ok {
		q.classes = []string{class}
	} else {
		q.classes = in.Texts("class")
	}
	switch link := in.Keys()["link"].(type) {
	case nil:
	case string:
		q.link = link
	case map[string]any:
		q.link, _ = link["id"].(string)
	default:
		in.Fail(wire.InvalidInput("Expected key \"link\" of input to be a string"))
	}
	if q.ids != nil {
		q.named = make(map[string]bool, len(q.ids))
		for _, id := range q.ids {
			q.named[id] = true
		}
	}
	if len(q.ids) > 1000 {
		in.Fail(wire.InvalidInput("Expected key \"id\" of input to hold at most 1000 identifiers"))
	}
	return q
}

func states() []string {
	var names []string
	for _, s := range archival.States {
		names = append(names, string(s))
	}
	return names
}

// IDs are the identifiers that were asked for; nil means any.
func (q *Object) IDs() []string { return q.ids }

// Modified is the stretch in which copies were last changed.
func (q *Object) Modified() Span { return q.modified }

// Archival tells whether a state of archiving was asked for.
func (q *Object) Archival() bool { return q.archival != "any" }

// Classes are the classes that were asked for; nil means any.
func (q *Object) Classes() []string { return q.classes }

// Fits asks a copy.
func (q *Object) Fits(c *model.Copy) bool {
	o := c.Object
	switch {
	case q.classes != nil && !slices.Contains(q.classes, o.Class),
		q.state != "any" && o.State != q.state,
		q.visibility == "visible" && o.Hidden, q.visibility == "hidden" && !o.Hidden,
		q.name != nil && !q.name(c.Name),
		q.properties != nil && !q.properties(c.Properties),
		q.tags != nil && !q.tags(c.Tags),
		q.types != nil && !q.types(o.Types),
		!q.created.Holds(o.Created), !q.modified.Holds(c.Modified),
		q.archival != "any" && string(c.Archival) != q.archival,
		q.ids != nil && !q.named[o.ID]:
		return false
	}
	return q.link == "" || slices.Contains(o.Links(), q.link)
}
