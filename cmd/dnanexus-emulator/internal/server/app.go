package server

import (
	"maps"
	"slices"
	"strings"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/ids"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// newApp makes an app of an applet's program under a name and a version.
func newApp(c *call) (any, error) {
	if err := c.known(); err != nil {
		return nil, err
	}
	source, name, version := c.in.NeedText("applet"), c.in.NeedText("name"), c.in.NeedText("version")
	payer := c.in.Text("billTo", c.w.Users[c.user].BillTo)
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	if ids.Class("app-"+name) != "app" {
		return nil, wire.InvalidInput("Expected key \"name\" of input to be a name of letters, digits, '.', '_' and '-'")
	}
	cp, err := c.w.Find(c.user, source, "")
	if err != nil {
		return nil, err
	}
	if err := c.w.CheckBillTo(c.user, payer); err != nil {
		return nil, err
	}
	if same := c.w.AppNamed(name, version); same != nil {
		return nil, wire.InvalidState("The version %s of the app %q exists already", version, name)
	}
	spec := maps.Clone(cp.Object.Spec)
	for key, value := range specOf(c.in) {
		spec[key] = value
	}
	resources, err := c.resources(cp, payer)
	if err != nil {
		return nil, err
	}
	app := &model.App{
		ID: c.s.ids.Next("app"), Name: name, Version: version, Applet: source, BillTo: payer,
		Created: c.now, Modified: c.now, CreatedBy: c.user, Developers: []string{c.user}, Users: []string{c.user},
		Regions: []string{cp.Object.Region}, Spec: spec, Resources: resources,
	}
	c.w.TouchApp(app)
	return hash{"id": app.ID}, nil
}

// app finds the subject: an identifier, or a name with a version, or the latest
// published one of a name.
func (c *call) app() (*model.App, error) {
	a := c.w.Apps[c.subject]
	if a == nil {
		name, version, _ := strings.Cut(strings.TrimPrefix(c.subject, "app-"), "/")
		a = c.w.AppNamed(name, version)
	}
	if a == nil || a.Deleted || !c.mayUse(a) {
		return nil, wire.NotFound("%q could not be found", c.subject)
	}
	return a, c.in.Err()
}

func (c *call) mayUse(a *model.App) bool {
	for _, who := range append(slices.Clone(a.Users), a.Developers...) {
		if who == c.user || who == model.Public {
			return true
		}
		if org := c.w.Orgs[who]; org != nil && org.Level(c.user) != "" {
			return true
		}
	}
	return false
}

// resources makes the container that holds what an app brings along: the same
// objects, so that they outlive the project that the app was made in. Who may
// use the app sees them.
func (c *call) resources(applet *model.Copy, payer string) (string, error) {
	id := c.s.ids.Next("container")
	home := &model.Project{
		ID: id, Class: "container", Name: id, Region: applet.Object.Region, BillTo: payer, Created: c.now, Modified: c.now, CreatedBy: c.user,
		Permissions: map[string]model.Level{c.user: model.View}, Flags: map[string]bool{}, Properties: map[string]string{},
	}
	for _, bundled := range applet.Object.Bundled() {
		if _, err := c.w.Find(c.user, bundled, ""); err != nil {
			return "", err
		}
	}
	c.w.AddProject(home)
	for _, bundled := range applet.Object.Bundled() {
		cp, err := c.w.Find(c.user, bundled, "")
		if err == nil {
			_, err = c.w.Clone(cp.Project, home, []string{bundled}, nil, "/", c.now)
		}
		if err != nil {
			c.w.Destroy(home, c.now)
			return "", err
		}
	}
	return id, nil
}

func (c *call) mayDevelop(a *model.App) error {
	if !slices.Contains(a.Developers, c.user) {
		return wire.PermissionDenied("%s is not a developer of %s", c.user, a.ID)
	}
	return nil
}

var appDefaults = []string{
	"id", "class", "name", "version", "aliases", "billTo", "created", "modified", "createdBy", "deleted", "installed", "isDeveloperFor",
	"published", "title", "summary", "description", "categories", "access", "dxapi", "runSpec", "inputSpec", "outputSpec",
	"authorizedUsers", "applet", "regionalOptions", "httpsApp", "openSource", "ignoreReuse", "lineItemPerTest", "installs", "globalWorkspace",
}

func describeApp(c *call) (any, error) {
	a, err := c.app()
	if err != nil {
		return nil, err
	}
	return c.appSheet(a, c.in), nil
}

func (c *call) appSheet(a *model.App, in *wire.Input) hash {
	s := newSheet(in, a.ID, appDefaults)
	if !s.wants("id") {
		delete(s.out, "id") // of an app alone: its name serves as well
	}
	for name, value := range a.Spec {
		if name == "runSpec" {
			value = withoutCode(value)
		}
		s.set(name, value)
	}
	regions := hash{}
	for _, region := range a.Regions {
		regions[region] = hash{"applet": a.Applet, "resources": a.Resources}
	}
	for name, value := range (hash{
		"class": "app", "name": a.Name, "version": a.Version, "aliases": c.aliases(a), "billTo": a.BillTo,
		"created": a.Created, "modified": a.Modified, "createdBy": a.CreatedBy, "deleted": a.Deleted, "installed": false,
		"isDeveloperFor": slices.Contains(a.Developers, c.user), "published": a.Published, "authorizedUsers": list(a.Users),
		"developers": list(a.Developers), "regionalOptions": regions, "installs": 0, "applet": a.Applet,
	}) {
		s.set(name, value)
	}
	return s.out
}

func (c *call) aliases(a *model.App) []string {
	aliases := append([]string{a.Version}, a.Aliases...)
	if latest := c.w.AppNamed(a.Name, ""); latest != nil && latest.ID == a.ID {
		aliases = append(aliases, "default")
	}
	return aliases
}

func getApp(c *call) (any, error) {
	a, err := c.app()
	if err != nil {
		return nil, err
	}
	if open, _ := a.Spec["openSource"].(bool); !open {
		if err := c.mayDevelop(a); err != nil {
			return nil, err
		}
	}
	whole := c.appSheet(a, wire.Of(hash{"developers": true, "details": true}))
	maps.Copy(whole, a.Spec)
	whole["name"], whole["version"] = a.Name, a.Version
	return whole, nil
}

func updateApp(c *call) (any, error) {
	a, err := c.developed()
	if err != nil {
		return nil, err
	}
	maps.Copy(a.Spec, specOf(c.in))
	return c.editedApp(a)
}

func publishApp(c *call) (any, error) {
	a, err := c.developed()
	if err != nil {
		return nil, err
	}
	if a.Published != 0 {
		return nil, wire.InvalidState("%s is already published", a.ID)
	}
	a.Published = c.now
	return c.editedApp(a)
}

func deleteApp(c *call) (any, error) {
	a, err := c.developed()
	if err != nil {
		return nil, err
	}
	a.Deleted = true
	return c.editedApp(a)
}

// addAppTags lets an app be called by more than its version. An alias belongs to
// one version of a name at a time.
func addAppTags(c *call) (any, error) {
	tags := c.needTexts("tags")
	a, err := c.developed()
	if err != nil {
		return nil, err
	}
	for _, id := range model.Sorted(c.w.Apps) {
		if other := c.w.Apps[id]; other.Name == a.Name {
			other.Aliases = without(other.Aliases, tags)
			c.w.TouchApp(other)
		}
	}
	a.Aliases = unique(append(a.Aliases, tags...))
	return c.editedApp(a)
}

func removeAppTags(c *call) (any, error) {
	tags := c.needTexts("tags")
	a, err := c.developed()
	if err != nil {
		return nil, err
	}
	a.Aliases = without(a.Aliases, tags)
	return c.editedApp(a)
}

// developed finds the subject for one of its developers.
func (c *call) developed() (*model.App, error) {
	a, err := c.app()
	if err == nil {
		err = c.mayDevelop(a)
	}
	return a, err
}

func (c *call) editedApp(a *model.App) (any, error) {
	a.Modified = c.now
	c.w.TouchApp(a)
	return hash{"id": a.ID}, nil
}

func findApps(c *call) (any, error) {
	name := c.in.Text("name", "")
	page := c.pageOf()
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	describe := describeInput(c.in, "describe")
	return page.of(model.Sorted(c.w.Apps), func(id string) any {
		a := c.w.Apps[id]
		if a.Deleted || !c.mayUse(a) || name != "" && name != a.Name {
			return nil
		}
		row := hash{"id": id}
		if describe != nil {
			row["describe"] = c.appSheet(a, describe)
		}
		return row
	}), c.in.Err()
}
