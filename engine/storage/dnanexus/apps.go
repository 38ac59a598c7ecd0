package dnanexus

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

// An app lies in no project, so a source names those that it protects. Each is
// an export in a folder of its own, and what it brings along are files beside
// it. An app that is named without a version is whichever version is the default
// one when the source is listed, so that its history are versions of one path:
//
//	.apps/align.app.json          app-align
//	.apps/align/genome.fa         a file that it brings along
//	.apps/align/2.1.0.app.json    app-align/2.1.0
//	.apps/align/2.1.0/genome.fa

const appsFolder = ".apps/"

// errNoApp tells an app that was named and cannot be had.
var errNoApp = errors.New("it is not there, or not for this user to read: only its developers read the program of an app that is not open source. Leave it out of apps, or ask for the right")

// app is what is read of an app to list it.
type app struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Version   string `json:"version"`
	Created   int64  `json:"created"`  // ms
	Modified  int64  `json:"modified"` // ms
	CreatedBy string `json:"createdBy"`
	Deleted   bool   `json:"deleted"`
}

func (a *app) object() wire.Object {
	return wire.Object{
		ID: a.ID, Class: "app", Name: a.Name, Created: a.Created, Modified: a.Modified, CreatedBy: wire.CreatedBy{User: a.CreatedBy},
	}
}

// appPath is where an app that the configuration names so has its files; its
// export adds a suffix.
func appPath(named string) string {
	name, version, versioned := strings.Cut(strings.TrimPrefix(named, "app-"), "/")
	if versioned {
		return appsFolder + escape(name) + "/" + escape(version)
	}
	return appsFolder + escape(name)
}

// appAt is the app that an object below appsFolder is, or belongs to.
func appAt(path, id string) string {
	if strings.HasPrefix(id, "app-") {
		return id
	}
	folder := strings.TrimPrefix(path, appsFolder)
	name, version, versioned := strings.Cut(folder[:max(strings.LastIndexByte(folder, '/'), 0)], "/")
	if versioned {
		return "app-" + plainText(name) + "/" + plainText(version)
	}
	return "app-" + plainText(name)
}

// withApps adds the apps that the source names to what its project holds.
func (l *listing) withApps(in iter.Seq2[item, error]) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		for _, named := range l.s.apps {
			items, err := l.app(named)
			if err != nil {
				yield(item{}, fmt.Errorf("app %q: %w", named, err))
				return
			}
			l.apps = append(l.apps, items[0].ID)
			for _, i := range items {
				if !yield(i, nil) {
					return
				}
			}
		}
		for i, err := range in { // after the apps: workflows are held against them
			if !yield(i, err) || err != nil {
				return
			}
		}
	}
}

// app lists one app: its export, and the files that it brings along.
func (l *listing) app(named string) ([]item, error) {
	got, err := l.s.getApp(l.ctx, "app-"+strings.TrimPrefix(named, "app-"))
	if err != nil {
		return nil, err
	}
	a, err := appOf(got)
	if err != nil {
		return nil, err
	}
	text, err := export(got)
	if err != nil {
		return nil, err
	}
	o := a.object()
	path := appPath(named)
	own := item{Path: path + exported["app"], ID: a.ID, Size: int64(len(text)), MTime: mtimeOf(&o), CTime: mtimeOf(&o), Facts: factsOf(&o, nil)}
	bundled, err := l.bundled(path, bundle(got, l.s.project.Region))
	return append([]item{own}, bundled...), err
}

// bundled lists the files that an app brings along: wherever they lie that the
// caller may read, they are those. One that cannot be seen ends the listing,
// since the app could not be made again without it.
func (l *listing) bundled(path string, names map[string]string) ([]item, error) {
	ids := slices.Sorted(maps.Keys(names))
	objects := make([]map[string]any, len(ids))
	for i, id := range ids {
		objects[i] = map[string]any{"id": id, "describe": wire.Fields(listFields...)}
	}
	var out struct {
		Results []wire.Described `json:"results"`
	}
	if len(ids) > 0 {
		if err := l.s.c.Call(l.ctx, "system", "describeDataObjects", map[string]any{"objects": objects}, &out); err != nil {
			return nil, err
		}
	}
	if len(out.Results) != len(ids) {
		return nil, fmt.Errorf("the platform describes %d of %d files that it brings along", len(out.Results), len(ids))
	}
	items := make([]item, len(ids))
	for i, id := range ids {
		o := &out.Results[i].Describe
		if o.Project == "" {
			return nil, fmt.Errorf("%s, which it brings along, cannot be read: %s", id, out.Results[i].Error)
		}
		o.ID = id
		items[i] = item{Path: path + "/" + escapeName(cmp.Or(names[id], o.Name)), ID: id, MTime: mtimeOf(o), CTime: mtimeOf(o), Facts: factsOf(o, nil)}
		l.classify(&items[i], o)
	}
	return items, nil
}

// getApp asks for everything that an app's export holds.
func (s *Source) getApp(ctx context.Context, subject string) (map[string]json.RawMessage, error) {
	var got map[string]json.RawMessage
	err := s.c.Call(ctx, subject, "get", nil, &got)
	if errors.Is(err, storage.ErrNotExist) || errors.Is(err, storage.ErrPermission) {
		return nil, fmt.Errorf("%w (%w)", errNoApp, err)
	}
	return got, err
}

func appOf(got map[string]json.RawMessage) (a app, err error) {
	text, err := json.Marshal(got)
	if err == nil {
		err = json.Unmarshal(text, &a)
	}
	if err == nil && !isID(a.ID) {
		err = errors.New("the platform describes it without an id")
	}
	return a, err
}

// lookApp describes the app of an entry as it is now, by its id: another version
// that became the default one meanwhile is another object.
func (s *Source) lookApp(ctx context.Context, e storage.Entry) (wire.Object, error) {
	var a app
	ask := wire.Fields("id", "name", "version", "created", "modified", "createdBy", "deleted")
	if err := s.c.Call(ctx, e.ID, "describe", ask, &a); err != nil {
		return wire.Object{}, fmt.Errorf("look at %s: %w", e.ID, err)
	}
	if a.Deleted {
		return wire.Object{}, fmt.Errorf("%s was deleted: %w", e.ID, storage.ErrNotExist)
	}
	return a.object(), nil
}

// bundle gives names by id of the files that an app brings along: those of the
// source's region, else of the first one. Only files count: what else an app
// depends on is code of the platform's.
func bundle(got map[string]json.RawMessage, region string) map[string]string {
	var run struct {
		ByRegion map[string][]dependency `json:"bundledDependsByRegion"`
		Plain    []dependency            `json:"bundledDepends"`
	}
	if json.Unmarshal(got["runSpec"], &run) != nil {
		return nil
	}
	all, ok := run.ByRegion[region]
	if !ok && len(run.ByRegion) > 0 {
		all = run.ByRegion[slices.Sorted(maps.Keys(run.ByRegion))[0]]
	}
	if len(all) == 0 {
		all = run.Plain
	}
	out := map[string]string{}
	for _, d := range all {
		if id := d.id(); strings.HasPrefix(id, "file-") {
			out[id] = d.Name
		}
	}
	return out
}

// dependency is something that a program brings along: named, and linked to in
// one of the forms that a link has.
type dependency struct {
	Name string          `json:"name"`
	ID   json.RawMessage `json:"id"`
}

func (d *dependency) id() string {
	var id string
	if json.Unmarshal(d.ID, &id) == nil {
		return id
	}
	var link struct {
		To json.RawMessage `json:"$dnanexus_link"`
	}
	if json.Unmarshal(d.ID, &link) != nil {
		return ""
	}
	if json.Unmarshal(link.To, &id) == nil {
		return id
	}
	var to struct{ ID string }
	if json.Unmarshal(link.To, &to) != nil {
		return ""
	}
	return to.ID
}

// runsUnnamed tells whether a workflow runs an app that the source does not
// name: lost, that would take the workflow along.
func (l *listing) runsUnnamed(described map[string]json.RawMessage) bool {
	var stages []struct{ Executable string }
	if json.Unmarshal(described["stages"], &stages) != nil {
		return false
	}
	for _, stage := range stages {
		text, isApp := strings.CutPrefix(stage.Executable, "app-")
		name, _, _ := strings.Cut(text, "/")
		if isApp && !slices.Contains(l.apps, stage.Executable) && !slices.ContainsFunc(l.s.apps, func(named string) bool {
			named = strings.TrimPrefix(named, "app-")
			return named == text || named == name
		}) {
			return true
		}
	}
	return false
}
