package server

import (
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// resolveDataObjects finds objects by exact names, a list of rows for each.
func resolveDataObjects(c *call) (any, error) {
	asked := c.in.List("objects")
	if !c.in.Has("objects") || len(asked) > maxPage {
		c.in.Fail(wire.InvalidInput("Expected key \"objects\" of input to be an array of at most %d hashes", maxPage))
	}
	visibility := c.in.Choice("visibility", "visible", "hidden", "visible", "either")
	describe := describeInput(c.in, "describe")
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	results := make([]any, 0, len(asked))
	for _, raw := range asked {
		one, ok := raw.(map[string]any)
		if !ok {
			return nil, wire.InvalidInput("Expected key \"objects\" of input to be an array of hashes")
		}
		rows, err := c.resolve(c.inherit(one), visibility, describe)
		if err != nil {
			return nil, err
		}
		results = append(results, rows)
	}
	if describe != nil && describe.Err() != nil {
		return nil, describe.Err()
	}
	return hash{"results": results}, nil
}

// inherit gives one question the keys that stand beside all of them.
func (c *call) inherit(one map[string]any) *wire.Input {
	keys := hash{}
	for _, key := range []string{"project", "folder", "recurse"} {
		if c.in.Has(key) {
			keys[key] = c.in.Keys()[key]
		}
	}
	for key, value := range one {
		keys[key] = value
	}
	return wire.Of(keys)
}

func (c *call) resolve(in *wire.Input, visibility string, describe *wire.Input) ([]any, error) {
	name, id := in.Text("name", ""), in.Text("id", "")
	project, recurse := in.Text("project", ""), in.Bool("recurse", true)
	folder, err := model.CleanFolder("folder", in.Text("folder", "/"))
	if err != nil {
		in.Fail(err)
	}
	if name == "" && id == "" {
		in.Fail(wire.InvalidInput("Expected each of key \"objects\" of input to have a name or an id"))
	}
	if err := in.Err(); err != nil {
		return nil, err
	}
	var projects []*model.Project
	if project == "" {
		projects = c.visible(model.View, nil)
	} else {
		p, err := c.w.Require(c.user, project, model.View)
		if err != nil {
			return nil, err
		}
		projects = []*model.Project{p}
	}
	rows := []any{}
	for _, p := range projects {
		c.candidates(p, id, name, folder, recurse, func(cp *model.Copy) {
			o := cp.Object
			if visibility == "visible" && o.Hidden || visibility == "hidden" && !o.Hidden || name != "" && cp.Name != name {
				return
			}
			row := hash{"project": cp.In, "id": o.ID}
			if describe != nil {
				row["describe"] = c.sheetOf(cp, describe)
			}
			rows = append(rows, row)
		})
	}
	return rows, nil
}

// candidates visits the object of a project that has an id, else at least those
// of a name that lie in a folder or below it.
func (c *call) candidates(p *model.Project, id, name, folder string, recurse bool, visit func(*model.Copy)) {
	if id != "" {
		if cp, err := c.w.In(p, id); err == nil {
			visit(cp)
		}
		return
	}
	f, err := p.Folder(folder)
	if err != nil {
		return
	}
	if !recurse {
		for _, cp := range c.byName(f)[name] {
			visit(cp)
		}
		return
	}
	p.Copies().Each(func(cp *model.Copy) bool {
		if model.Within(cp.Folder, folder) {
			visit(cp)
		}
		return true
	})
}

// byName sorts a folder's own objects by name, once for a call: a thousand names
// may be asked for in one.
func (c *call) byName(f *model.Folder) map[string][]*model.Copy {
	if c.names[f] == nil {
		names := map[string][]*model.Copy{}
		f.Copies().Each(func(cp *model.Copy) bool {
			names[cp.Name] = append(names[cp.Name], cp)
			return true
		})
		if c.names == nil {
			c.names = map[*model.Folder]map[string][]*model.Copy{}
		}
		c.names[f] = names
	}
	return c.names[f]
}

// describeDataObjects describes many; one that is missing has its refusal in
// its place.
func describeDataObjects(c *call) (any, error) {
	asked := c.in.List("objects")
	if !c.in.Has("objects") || len(asked) > maxPage {
		c.in.Fail(wire.InvalidInput("Expected key \"objects\" of input to be an array of at most %d identifiers", maxPage))
	}
	options := c.in.Hash("classDescribeOptions")
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	results := make([]any, 0, len(asked))
	for _, raw := range asked {
		one, ok := raw.(map[string]any)
		if id, isText := raw.(string); isText {
			one, ok = hash{"id": id}, true
		}
		if !ok {
			return nil, wire.InvalidInput("Expected key \"objects\" of input to be an array of strings and hashes")
		}
		row, err := c.describeOne(wire.Of(one), options)
		if err != nil {
			return nil, err
		}
		results = append(results, row)
	}
	return hash{"results": results}, nil
}

func (c *call) describeOne(in *wire.Input, options map[string]any) (any, error) {
	id, hint := in.NeedText("id"), in.Text("project", "")
	own := describeInput(in, "describe")
	if err := in.Err(); err != nil {
		return nil, err
	}
	cp, err := c.w.Find(c.user, id, hint)
	if err != nil {
		refusal := wire.AsError(err)
		return hash{"error": refusal.Envelope()["error"], "statusCode": refusal.Status}, nil
	}
	general, _ := options["*"].(map[string]any)
	if special, ok := options[cp.Object.Class].(map[string]any); ok {
		general = special
	}
	fields := hash{}
	add(fields, general)
	if own != nil {
		add(fields, own.Keys())
	}
	defaults := general["fields"] == nil || general["defaultFields"] == true
	return hash{"describe": c.sheetOf(cp, wire.Of(hash{"fields": fields, "defaultFields": defaults}))}, nil
}

// add takes the fields that a description in either dialect asks for.
func add(fields, keys hash) {
	if inner, ok := keys["fields"].(map[string]any); ok {
		keys = inner
	}
	for name, value := range keys {
		if want, ok := value.(bool); ok && name != "defaultFields" {
			fields[name] = want
		}
	}
}
