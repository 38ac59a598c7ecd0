package engine

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
	"github.com/backstay/backstay/schema/lang"
)

// loadWhole reads the configuration and answers its data blocks. Commands that
// go to no network read it without, and say which blocks wait for an answer.
func (e *Engine) loadWhole(ctx context.Context) (*loaded, diag.List) {
	found := []foundProject{}
	l, ds := e.read(func(q lang.Query) (map[string]map[string]string, error) {
		projects, err := e.projects(ctx, q)
		answer := map[string]map[string]string{}
		for _, p := range projects {
			answer[p.Key] = map[string]string{"id": p.ID, "name": p.Name, "region": p.Region, "bill_to": p.BillTo}
			found = append(found, foundProject{lookup: "data." + q.Type + "." + q.Name, Project: p})
		}
		return answer, err
	})
	l.projects = found
	return l, ds
}

// locate fills in where projects lie, as the platform tells, wherever the
// configuration leaves it open; so policies judge what is, not what was left
// out. A project that cannot be looked at stays as it is: opening it tells why.
func (e *Engine) locate(ctx context.Context, cfg *schema.Configuration) {
	for _, s := range cfg.Sources {
		if s.Addr.Type == "dnanexus" {
			e.locateOne(ctx, s.Options, s.Credentials, &s.Place)
		}
	}
	for _, d := range cfg.Destinations {
		if d.Addr.Type == "dnanexus" {
			e.locateOne(ctx, d.Options, d.Credentials, &d.Place)
		}
	}
}

func (e *Engine) locateOne(ctx context.Context, options map[string]any, credentials map[string]string, p *schema.Place) {
	if p.Region != "" && p.Provider != "" {
		return
	}
	p.Provider = cmp.Or(p.Provider, providerOf(p.Region))
	c, err := e.connect(options, credentials).Client()
	if err != nil {
		return
	}
	defer c.Close()
	if found, err := dnanexus.Locate(ctx, c, option(options, "project")); err == nil {
		p.Region, p.Provider = cmp.Or(p.Region, found.Region), cmp.Or(p.Provider, found.Provider)
	}
}

// providerOf is the cloud that a region of the platform names, "aws" of
// "aws:us-east-1".
func providerOf(region string) string {
	provider, _, ok := strings.Cut(region, ":")
	if !ok {
		return ""
	}
	return provider
}

// loadWholeJudged reads the whole configuration and compiles its policies, which
// also judge where data lies. A restore does not ask: it has to work on the day
// on which the platform does not.
func (e *Engine) loadWholeJudged(ctx context.Context) (*loaded, diag.List) {
	l, ds := e.loadWhole(ctx)
	if l.cfg != nil {
		e.locate(ctx, l.cfg)
	}
	return e.judged(ctx, l, ds)
}

// foundProject is a project that a data block found.
type foundProject struct {
	lookup string // address of the block
	dnanexus.Project
}

// projects answers a data block, as the user who is logged in.
func (e *Engine) projects(ctx context.Context, q lang.Query) ([]dnanexus.Project, error) {
	ask := dnanexus.ProjectQuery{BillTo: option(q.Options, "bill_to"), Name: option(q.Options, "name"), Properties: map[string]string{}}
	tags, _ := q.Options["tags"].([]any)
	for _, t := range tags {
		ask.Tags = append(ask.Tags, fmt.Sprint(t))
	}
	properties, _ := q.Options["properties"].(map[string]any)
	for name, value := range properties {
		ask.Properties[name] = fmt.Sprint(value)
	}
	c, err := e.connect(nil, nil).Client()
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return dnanexus.Projects(ctx, c, ask)
}

// projects are the projects that data blocks found, with what becomes of each: a
// backup plan reads it, it keeps copies, or neither.
func (k *checking) projects(ctx context.Context) (out []policy.StateProject) {
	read := map[string]bool{}
	for _, b := range k.l.cfg.Backups {
		if s, ok := k.sources[b.Source.Instance()].(storage.Placed); ok {
			if place, err := s.Place(ctx); err == nil {
				read[place.Container] = true
			}
		}
	}
	keeps := map[string]bool{}
	for _, d := range k.l.cfg.Destinations {
		if d.Addr.Type == "dnanexus" {
			keeps[option(d.Options, "project")] = true
		}
	}
	for _, p := range k.l.projects {
		out = append(out, policy.StateProject{
			Lookup: p.lookup, Name: p.Name, ID: p.ID, Region: p.Region, BillTo: p.BillTo,
			Protected: read[p.ID], KeepsCopies: keeps[p.ID] || keeps[p.Name],
		})
	}
	return out
}
