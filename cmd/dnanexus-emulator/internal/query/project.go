package query

import (
	"slices"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// Project is the conditions of findProjects on one project, the caller's level
// apart.
type Project struct {
	name       Text
	ids        []string
	billTo     string
	regions    []string
	tags       Labels
	properties Properties
	created    Span
	flags      map[string]bool
	public     *bool
}

// ProjectOf reads the conditions; in.Err tells what was wrong.
func ProjectOf(in *wire.Input) *Project {
	q := &Project{
		name: Name(in, "name"), billTo: in.Text("billTo", ""), regions: Either(in, "region"), ids: Either(in, "id"),
		tags: LabelsOf(in, "tags"), properties: PropertiesOf(in, "properties"), created: SpanOf(in, "created"),
		flags: map[string]bool{},
	}
	for _, flag := range []string{"containsPHI", "externalUploadRestricted"} {
		if in.Has(flag) {
			q.flags[flag] = in.Bool(flag, false)
		}
	}
	if in.Has("public") {
		public := in.Bool("public", false)
		q.public = &public
	}
	return q
}

// Either reads one string or an array of them.
func Either(in *wire.Input, key string) []string {
	if one, ok := in.Keys()[key].(string); ok {
		return []string{one}
	}
	return in.Texts(key)
}

// Fits asks a project.
func (q *Project) Fits(p *model.Project) bool {
	for flag, want := range q.flags {
		if p.Flag(flag) != want {
			return false
		}
	}
	switch {
	case q.name != nil && !q.name(p.Name),
		q.ids != nil && !slices.Contains(q.ids, p.ID),
		q.billTo != "" && q.billTo != p.BillTo,
		q.regions != nil && !slices.Contains(q.regions, p.Region),
		q.tags != nil && !q.tags(p.Tags),
		q.properties != nil && !q.properties(p.Properties),
		!q.created.Holds(p.Created),
		q.public != nil && *q.public != (p.Permissions[model.Public] != model.None):
		return false
	}
	return true
}
