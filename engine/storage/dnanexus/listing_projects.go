package dnanexus

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

// ProjectQuery selects projects; what is empty selects all.
type ProjectQuery struct {
	BillTo     string
	Name       string            // glob
	Tags       []string          // all of them
	Properties map[string]string // all of them
}

// Project is a project that the caller may view.
type Project struct {
	Key    string // its name, or, where an older project has that, NAME.~<id>~
	ID     string
	Name   string
	Region string
	BillTo string

	created int64
}

// Projects finds projects, oldest first. A page that cannot be had is an error.
func Projects(ctx context.Context, c *wire.Client, q ProjectQuery) ([]Project, error) {
	if err := c.Settings().LoggedIn(); err != nil {
		return nil, err
	}
	ask := map[string]any{"level": "VIEW", "describe": wire.Fields("name", "region", "billTo", "created")}
	if q.BillTo != "" {
		ask["billTo"] = q.BillTo
	}
	if q.Name != "" {
		ask["name"] = map[string]any{"glob": q.Name}
	}
	if len(q.Tags) > 0 {
		ask["tags"] = map[string]any{"$and": q.Tags}
	}
	if len(q.Properties) > 0 {
		ask["properties"] = q.Properties
	}
	type found struct {
		ID       string        `json:"id"`
		Describe sourceProject `json:"describe"`
	}
	var out []Project
	for row, err := range wire.Pages[found](ctx, c, "system", "findProjects", ask) {
		if err != nil {
			return nil, fmt.Errorf("find projects: %w", err)
		}
		d := row.Describe
		out = append(out, Project{Key: d.Name, ID: row.ID, Name: d.Name, Region: d.Region, BillTo: d.BillTo, created: d.Created})
	}
	slices.SortFunc(out, func(a, b Project) int { return cmp.Or(cmp.Compare(a.created, b.created), cmp.Compare(a.ID, b.ID)) })
	taken := map[string]bool{}
	for i := range out {
		if taken[out[i].Name] {
			out[i].Key = secondPath(out[i].Name, out[i].ID)
		}
		taken[out[i].Name] = true
	}
	return out, nil
}

// Locate tells where a project lies that is named by id or by name. It is
// ErrNotExist if there is none.
func Locate(ctx context.Context, c *wire.Client, project string) (storage.Place, error) {
	s, err := OpenSource(ctx, c, SourceOptions{Project: project})
	if err != nil {
		return storage.Place{}, err
	}
	return s.Place(ctx)
}
