package server

import (
	"strings"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/query"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

func whoami(c *call) (any, error) {
	if err := c.known(); err != nil {
		return nil, err
	}
	return hash{"id": c.user}, nil
}

func greet(*call) (any, error) {
	return hash{"messages": []any{}, "update": hash{"available": false}}, nil
}

func headers(c *call) (any, error) {
	answer := hash{}
	for name, values := range c.request.Header {
		answer[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	answer["host"] = c.request.Host
	return answer, nil
}

func comeBackLater(c *call) (any, error) {
	until, after := c.in.Int("waitUntil", 0, 0, 1<<53), c.in.Bool("setRetryAfter", true)
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	if c.now >= until {
		return hash{"currentTime": c.now}, nil
	}
	seconds := 0
	if after {
		seconds = 2
	}
	return nil, wire.Unavailable(seconds, "Come back later")
}

// findProjects lists projects by id.
func findProjects(c *call) (any, error) {
	what, page, describe := query.ProjectOf(c.in), c.pageOf(), describeInput(c.in, "describe")
	least, ok := model.ParseLevel(c.in.Text("level", model.Contribute.String()))
	if !ok {
		c.in.Fail(wire.InvalidInput("Expected key \"level\" of input to be one of NONE, VIEW, UPLOAD, CONTRIBUTE and ADMINISTER"))
	}
	explicit := c.in.Bool("explicitPermission", !c.in.Bool("public", false))
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	answer := page.of(model.Sorted(c.w.Projects), func(id string) any {
		p := c.w.Projects[id]
		level := c.w.Level(c.user, p)
		if explicit {
			level = c.w.Explicit(c.user, p)
		}
		if p.Class != "project" || level < max(least, model.View) || !what.Fits(p) {
			return nil
		}
		return c.projectRow(p, describe)
	})
	if describe != nil && describe.Err() != nil {
		return nil, describe.Err()
	}
	return answer, nil
}

func (c *call) projectRow(p *model.Project, describe *wire.Input) hash {
	row := hash{
		"id": p.ID, "level": c.w.Level(c.user, p), "permissionSources": c.w.Sources(c.user, p),
		"public": p.Permissions[model.Public] != model.None,
	}
	if describe != nil {
		row["describe"] = c.projectSheet(p, describe)
	}
	return row
}

func describeProjects(c *call) (any, error) {
	asked := c.needTexts("projects")
	if len(asked) > maxPage {
		c.in.Fail(wire.InvalidInput("Expected key \"projects\" of input to be an array of at most %d identifiers", maxPage))
	}
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	results := make([]any, 0, len(asked))
	for _, id := range asked {
		p, err := c.w.Require(c.user, id, model.View)
		if err != nil {
			refusal := wire.AsError(err)
			results = append(results, hash{"error": refusal.Envelope()["error"], "statusCode": refusal.Status})
			continue
		}
		results = append(results, hash{"describe": c.projectSheet(p, c.in)})
	}
	return hash{"results": results}, c.in.Err()
}

// findProjectMembers lists who has a level in a project.
func findProjectMembers(c *call) (any, error) {
	id, page, describe := c.in.NeedText("project"), c.pageOf(), describeInput(c.in, "describe")
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	p, err := c.w.Require(c.user, id, model.View)
	if err != nil {
		return nil, err
	}
	return page.of(model.Sorted(p.Permissions), func(member string) any {
		row := hash{"id": member, "level": p.Permissions[member]}
		if describe != nil {
			row["describe"] = c.nameSheet(member)
		}
		return row
	}), nil
}

// nameSheet is what everybody may know of a member.
func (c *call) nameSheet(member string) hash {
	if u := c.w.Users[member]; u != nil {
		return hash{"id": u.ID, "class": "user", "first": u.First, "last": u.Last, "handle": handle(u.ID)}
	}
	if o := c.w.Orgs[member]; o != nil {
		return hash{"id": o.ID, "class": "org", "name": o.Name}
	}
	return hash{"id": member}
}

func handle(id string) string { return strings.TrimPrefix(id, "user-") }

// findOrgs lists the caller's organisations.
func findOrgs(c *call) (any, error) {
	level, page, describe := c.in.Choice("level", "MEMBER", "MEMBER", "ADMIN"), c.pageOf(), describeInput(c.in, "describe")
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	return page.of(model.Sorted(c.w.Orgs), func(id string) any {
		o := c.w.Orgs[id]
		mine := o.Level(c.user)
		if mine == "" || level == "ADMIN" && mine != "ADMIN" {
			return nil
		}
		row := hash{"id": id, "level": mine}
		if describe != nil {
			row["describe"] = c.orgSheet(o, describe)
		}
		return row
	}), nil
}

// findUsers lists the users of the caller's organisations, and the caller.
func findUsers(c *call) (any, error) {
	page, describe := c.pageOf(), describeInput(c.in, "describe")
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	return page.of(model.Sorted(c.w.Users), func(id string) any {
		if id != c.user && !c.colleague(id) {
			return nil
		}
		row := hash{"id": id}
		if describe != nil {
			row["describe"] = c.userSheet(c.w.Users[id], describe)
		}
		return row
	}), nil
}

func (c *call) colleague(id string) bool {
	for _, o := range c.w.Orgs {
		if o.Level(id) != "" && o.Level(c.user) != "" {
			return true
		}
	}
	return false
}
