// Package seed fills projects: with the files of a real folder, or with as many
// made-up ones as somebody wants to rehearse with. In go a folder or a number,
// out comes a project of closed files. It never changes the folder, and takes
// the world's lock for a batch of files at a time, not for all of them.
package seed

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/ids"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/store"
)

// batch is how many files are added under one lock, and saved together.
const batch = 1000

// Target is where the files go.
type Target struct {
	Edit  func(func(w *model.World, now int64) error) error
	Store store.Store
	IDs   *ids.Source
}

// Project says which project takes the files: one that is there, by its id, or a
// new one with these settings.
type Project struct {
	ID     string `json:"project"`
	Name   string `json:"name"`
	User   string `json:"user"`
	BillTo string `json:"billTo"`
	Region string `json:"region"`
}

// Result is what was made.
type Result struct {
	Project string `json:"project"`
	Files   int64  `json:"files"`
	Bytes   int64  `json:"bytes"`
}

// find gives the project, made if it has no id.
func (t Target) find(want Project) (string, error) {
	id := want.ID
	err := t.Edit(func(w *model.World, now int64) error {
		if id != "" {
			if w.Projects[id] == nil {
				return fmt.Errorf("project %s is not there", id)
			}
			return nil
		}
		u := w.Users[want.User]
		if u == nil {
			return fmt.Errorf("user %q is not there", want.User)
		}
		if want.Name == "" {
			return errors.New("a new project needs a name")
		}
		id = t.IDs.Next("project")
		w.AddProject(&model.Project{
			ID: id, Class: "project", Name: want.Name, Region: cmp.Or(want.Region, w.Settings.Regions[0]),
			BillTo: cmp.Or(want.BillTo, u.BillTo), Created: now, Modified: now, CreatedBy: u.ID, Version: 1,
			Permissions: map[string]model.Level{u.ID: model.Administer}, Properties: map[string]string{}, Flags: map[string]bool{},
		})
		return nil
	})
	return id, err
}

// file is one file that is to be added.
type file struct {
	folder, name string
	modified     int64 // 0: now
	parts        []model.Part
	class        string
}

// add puts files into a project.
func (t Target) add(project string, files []file, sum *Result) error {
	return t.Edit(func(w *model.World, now int64) error {
		p := w.Projects[project]
		if p == nil {
			return fmt.Errorf("project %s is not there any more", project)
		}
		for _, f := range files {
			w.MakeFolder(p, f.folder)
			at := now
			if f.modified > 0 {
				at = min(f.modified, now)
			}
			o := &model.Object{
				ID: t.IDs.Next("file"), Class: "file", State: model.Closed, Created: at, User: p.CreatedBy, Parts: f.parts, Media: f.class,
			}
			for _, part := range f.parts {
				o.Size += part.Size
			}
			w.AddObject(o, &model.Copy{Name: f.name, Folder: f.folder, Modified: at, Archival: archival.Live}, p, now)
			sum.Files++
			sum.Bytes += o.Size
		}
		w.Stamp(p, now)
		return nil
	})
}
