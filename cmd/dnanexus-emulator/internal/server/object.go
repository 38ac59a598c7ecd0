package server

import (
	"maps"
	"regexp"
	"slices"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// draft is a data object that has passed all checks and is not yet made.
type draft struct {
	object  *model.Object
	copy    *model.Copy
	project *model.Project
}

// draftOf reads the keys that every class takes.
func (c *call) draftOf(class string) (*draft, error) {
	if err := c.known(); err != nil {
		return nil, err
	}
	id := c.in.NeedText("project")
	folder, parents := c.folderKey("folder", "/"), c.in.Bool("parents", false)
	properties, _ := c.in.Properties("properties", false)
	o := &model.Object{
		ID: c.s.ids.Next(class), Class: class, State: model.Open, Created: c.now, User: c.user,
		Types: unique(c.typeNames(c.in.Texts("types"))), Details: c.in.Keys()["details"], Hidden: c.in.Bool("hidden", false),
	}
	if c.job != nil {
		o.Job, o.Program = c.job.ID, c.job.Executable
	}
	cp := &model.Copy{
		Name: c.in.Text("name", o.ID), Folder: folder, Tags: unique(c.in.Texts("tags")), Properties: properties, Modified: c.now,
	}
	c.checkDetails(o.Details)
	if cp.Name == "" {
		c.in.Fail(wire.InvalidInput("Expected key \"name\" of input to be a nonempty string"))
	}
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	p, err := c.w.Require(c.user, id, model.Upload)
	if err != nil {
		return nil, err
	}
	if !parents {
		if _, err := p.Folder(folder); err != nil {
			return nil, err
		}
	}
	d := &draft{object: o, copy: cp, project: p}
	return d, c.initialize(d)
}

// initialize takes from another object what the input does not give.
func (c *call) initialize(d *draft) error {
	from := c.in.Hash("initializeFrom")
	if from == nil {
		return c.in.Err()
	}
	inner := wire.Of(from)
	id, hint := inner.NeedText("id"), inner.Text("project", "")
	if err := inner.Err(); err != nil {
		return err
	}
	source, err := c.w.Find(c.user, id, hint)
	if err != nil {
		return err
	}
	if source.Object.Class != d.object.Class {
		return wire.InvalidType("%s is not a %s", id, d.object.Class)
	}
	for key, take := range map[string]func(){
		"name":       func() { d.copy.Name = source.Name },
		"tags":       func() { d.copy.Tags = slices.Clone(source.Tags) },
		"properties": func() { d.copy.Properties = maps.Clone(source.Properties) },
		"types":      func() { d.object.Types = slices.Clone(source.Object.Types) },
		"details":    func() { d.object.Details = source.Object.Details },
		"hidden":     func() { d.object.Hidden = source.Object.Hidden },
		"media":      func() { d.object.Media = source.Object.Media },
		"stages":     func() { d.object.Spec = maps.Clone(source.Object.Spec) }, // and what else a program is
	} {
		if !c.in.Names(key) {
			take()
		}
	}
	return nil
}

var typeName = regexp.MustCompile(`^[A-Za-z_][0-9A-Za-z_.-]*$`)

// typeNames refuses what cannot be the name of a type.
func (c *call) typeNames(names []string) []string {
	for _, name := range names {
		if !typeName.MatchString(name) {
			c.in.Fail(wire.InvalidInput("Expected key \"types\" of input to be an array of valid strings for a type name, not %q", name))
		}
	}
	return names
}

// make makes the object.
func (c *call) make(d *draft) hash {
	c.w.MakeFolder(d.project, d.copy.Folder)
	if d.object.Class == "file" {
		d.copy.Archival = archival.Live
	}
	c.w.AddObject(d.object, d.copy, d.project, c.now)
	c.w.Stamp(d.project, c.now)
	return hash{"id": d.object.ID}
}

func (c *call) checkDetails(details any) {
	switch details.(type) {
	case nil, map[string]any, []any:
	default:
		c.in.Fail(wire.InvalidInput("Expected key \"details\" of input to be a hash or an array"))
	}
}

// unique drops repetitions and keeps the order.
func unique(texts []string) []string {
	var kept []string
	seen := make(map[string]bool, len(texts))
	for _, text := range texts {
		if !seen[text] {
			seen[text] = true
			kept = append(kept, text)
		}
	}
	return kept
}

// named finds the copy in the project that the input names, for an edit: UPLOAD
// suffices while the object is open.
func (c *call) named() (*model.Copy, error) {
	id := c.in.NeedText("project")
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	p, err := c.w.Require(c.user, id, model.View)
	if err != nil {
		return nil, err
	}
	cp, err := c.w.In(p, c.subject)
	if err != nil {
		return nil, err
	}
	return cp, c.mayEdit(cp)
}

func (c *call) mayEdit(cp *model.Copy) error {
	level := model.Contribute
	if cp.Object.State == model.Open {
		level = model.Upload
	}
	_, err := c.w.Require(c.user, cp.In, level)
	return err
}

// shared finds an object for an edit of what all its copies share, which only
// an open object allows.
func (c *call) shared() (*model.Object, error) {
	cp, err := c.w.Find(c.user, c.subject, "")
	if err != nil {
		return nil, err
	}
	if err := c.mayEdit(cp); err != nil {
		return nil, err
	}
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	if cp.Object.State != model.Open {
		return nil, wire.InvalidState("%s is not in the open state", c.subject)
	}
	return cp.Object, nil
}

// edit changes a copy and answers with the object's id.
func (c *call) edit(change func(*model.Copy)) (any, error) {
	cp, err := c.named()
	if err != nil {
		return nil, err
	}
	c.w.Change(cp, c.now, func() { change(cp) })
	return hash{"id": c.subject}, nil
}

// editShared changes an object and answers with its id.
func (c *call) editShared(change func(*model.Object)) (any, error) {
	o, err := c.shared()
	if err != nil {
		return nil, err
	}
	change(o)
	c.w.ChangeAll(o, c.now)
	return hash{"id": c.subject}, nil
}

func rename(c *call) (any, error) {
	name := c.in.NeedText("name")
	return c.edit(func(cp *model.Copy) { cp.Name = name })
}

func setProperties(c *call) (any, error) {
	c.needHash("properties")
	set, cleared := c.in.Properties("properties", true)
	return c.edit(func(cp *model.Copy) { cp.Properties = merge(cp.Properties, set, cleared) })
}

func (c *call) needHash(key string) {
	if !c.in.Has(key) {
		c.in.Fail(wire.InvalidInput("Expected key %q of input to be a hash", key))
	}
}

func (c *call) needTexts(key string) []string {
	if !c.in.Has(key) {
		c.in.Fail(wire.InvalidInput("Expected key %q of input to be an array of strings", key))
	}
	return c.in.Texts(key)
}

func merge(have, set map[string]string, cleared []string) map[string]string {
	merged := map[string]string{}
	maps.Copy(merged, have)
	maps.Copy(merged, set)
	for _, name := range cleared {
		delete(merged, name)
	}
	return merged
}

func addTags(c *call) (any, error) {
	tags := c.needTexts("tags")
	return c.edit(func(cp *model.Copy) { cp.Tags = unique(append(slices.Clone(cp.Tags), tags...)) })
}

func removeTags(c *call) (any, error) {
	tags := c.needTexts("tags")
	return c.edit(func(cp *model.Copy) { cp.Tags = without(cp.Tags, tags) })
}

func without(have, gone []string) []string {
	return slices.DeleteFunc(slices.Clone(have), func(text string) bool { return slices.Contains(gone, text) })
}

func addTypes(c *call) (any, error) {
	types := c.typeNames(c.needTexts("types"))
	return c.editShared(func(o *model.Object) { o.Types = unique(append(slices.Clone(o.Types), types...)) })
}

func removeTypes(c *call) (any, error) {
	types := c.needTexts("types")
	return c.editShared(func(o *model.Object) { o.Types = without(o.Types, types) })
}

func setDetails(c *call) (any, error) {
	switch c.raw.(type) {
	case map[string]any, []any:
	default:
		return nil, wire.InvalidInput("Expected the input to be a hash or an array")
	}
	return c.editShared(func(o *model.Object) { o.Details = c.raw })
}

func getDetails(c *call) (any, error) {
	cp, err := c.w.Find(c.user, c.subject, "")
	if err != nil {
		return nil, err
	}
	return detailsOf(cp.Object), nil
}

func setVisibility(c *call) (any, error) {
	if !c.in.Has("hidden") {
		return nil, wire.InvalidInput("Expected key \"hidden\" of input to be a boolean")
	}
	hidden := c.in.Bool("hidden", false)
	return c.editShared(func(o *model.Object) { o.Hidden = hidden })
}

// closeObject freezes a record or a workflow; doing it again changes nothing.
func closeObject(c *call) (any, error) {
	cp, err := c.w.Find(c.user, c.subject, "")
	if err != nil {
		return nil, err
	}
	if err := c.mayEdit(cp); err != nil {
		return nil, err
	}
	if cp.Object.State == model.Open {
		c.w.Close(cp.Object, c.now, 0)
	}
	return hash{"id": c.subject}, nil
}

// listProjects tells where the caller sees the object, and for a governed
// organisation where it is still live, seen or not.
func listProjects(c *call) (any, error) {
	cp, err := c.w.Find(c.user, c.subject, "")
	if err != nil {
		return nil, err
	}
	answer, live := hash{}, []string{}
	org := c.in.Text("archivalInfoForOrg", "")
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	for _, held := range cp.Object.Copies {
		if level := c.w.Level(c.user, held.Project); level >= model.View {
			answer[held.In] = level
		}
		if held.Project.BillTo == org && held.Archival == archival.Live {
			live = append(live, held.In)
		}
	}
	if org == "" {
		return answer, nil
	}
	if c.w.Orgs[org] == nil {
		return nil, wire.NotFound("%q could not be found", org)
	}
	if c.w.Orgs[org].Level(c.user) == "" {
		return nil, wire.PermissionDenied("%s is not a member of %s", c.user, org)
	}
	if cp.Object.Class != "file" {
		return nil, wire.InvalidInput("Expected key \"archivalInfoForOrg\" of input to be given for a file")
	}
	answer["liveProjects"] = live
	return answer, nil
}
