package dnanexus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/storage"
)

// Flush makes the objects of the exports that were kept. Records come first,
// open and without details, since programs may be bundled with them; then
// applets and apps, then the workflows whose stages run these, then the details of the
// records, which may link to all of them. What an earlier flush made is left.
// What cannot be made is named, after all others were.
func (r *Restorer) Flush(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := &maker{r: r, ctx: ctx, ids: map[string]string{}}
	steps := []struct {
		class string
		make  func(kept, map[string]any) error
	}{{"record", m.record}, {"applet", m.program}, {"app", m.appAsApplet}, {"workflow", m.program}, {"record", m.fill}}
	for _, step := range steps {
		if err := r.each(step.class, step.make); err != nil {
			return err
		}
	}
	return errors.Join(m.failed...)
}

// each reads the spool and hands on the exports of a class.
func (r *Restorer) each(class string, do func(kept, map[string]any) error) error {
	if _, err := r.spool.Seek(0, io.SeekStart); err != nil {
		return err
	}
	for d := json.NewDecoder(r.spool); ; {
		var k kept
		if err := d.Decode(&k); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("read the exports: %w", err)
		}
		value, err := loose(k.Export)
		if err != nil {
			return fmt.Errorf("read the export of %s: %w", k.ID, err)
		}
		export, _ := value.(map[string]any)
		if export["class"] != class {
			continue
		}
		if err := do(k, export); err != nil {
			return err
		}
	}
}

// maker makes objects of exports. ids leads from old ids to present ones; ""
// tells that there is none.
type maker struct {
	r      *Restorer
	ctx    context.Context
	ids    map[string]string
	failed []error
}

// fail notes an object that cannot be made. What concerns all of them ends the
// flush.
func (m *maker) fail(k kept, err error) error {
	err = fmt.Errorf("make %s again: %w", k.ID, err)
	if cause := context.Cause(m.ctx); cause != nil || ofAll(err) {
		return errors.Join(cause, err)
	}
	m.failed = append(m.failed, err)
	return nil
}

// input is what an object is made with, its own keys left out.
func (m *maker) input(k kept, export map[string]any) map[string]any {
	properties, _ := export["properties"].(map[string]any)
	properties = maps.Clone(properties)
	if properties == nil {
		properties = map[string]any{}
	}
	properties[restoredProperty] = k.ID
	in := map[string]any{"project": m.r.project, "folder": k.Folder, "parents": true, "properties": properties}
	for _, key := range []string{"name", "tags", "types", "hidden"} {
		if export[key] != nil {
			in[key] = export[key]
		}
	}
	return in
}

func (m *maker) make(class string, k kept, in map[string]any) error {
	id, err := m.r.madeOf(m.ctx, k.ID, anywhere)
	if err == nil && id == "" {
		var made struct {
			ID string `json:"id"`
		}
		err = m.r.c.Create(m.ctx, class, in, &made)
		id = made.ID
	}
	if err != nil {
		return m.fail(k, err)
	}
	m.ids[k.ID] = id
	return nil
}

// record makes a record, open and empty.
func (m *maker) record(k kept, export map[string]any) error {
	return m.make("record", k, m.input(k, export))
}

// fill gives a record its details, and closes it if it was closed.
func (m *maker) fill(k kept, export map[string]any) error {
	id := m.ids[k.ID]
	if id == "" {
		return nil // it could not be made, and was named
	}
	var now struct{ State string }
	if err := m.r.c.Call(m.ctx, id, "describe", map[string]any{"fields": map[string]bool{"state": true}}, &now); err != nil {
		return m.fail(k, err)
	}
	if now.State == closed {
		return nil
	}
	details, err := m.remapped(export["details"])
	if err == nil && details != nil {
		err = m.r.c.Call(m.ctx, id, "setDetails", details, nil)
	}
	if err == nil && export["state"] == closed {
		err = m.r.c.Call(m.ctx, id, "close", nil, nil)
	}
	if err != nil {
		return m.fail(k, err)
	}
	return nil
}

// program makes an applet or a workflow.
func (m *maker) program(k kept, export map[string]any) error {
	class, _ := export["class"].(string)
	in := m.input(k, export)
	if export["title"] == k.ID { // as the platform calls what has no title
		export = maps.Clone(export)
		delete(export, "title")
	}
	for _, key := range append(slices.Clone(ownKeys[class]), "details") {
		value, err := m.remapped(export[key])
		if err != nil {
			return m.fail(k, err)
		}
		if value != nil && key != "state" {
			in[key] = value
		}
	}
	return m.make(class, k, in)
}

// appAsApplet makes an applet of an app. Stages name an app by its id, or by its
// name and version. What it brings along is that of one region, and is made in
// the project's.
func (m *maker) appAsApplet(k kept, export map[string]any) error {
	export = maps.Clone(export)
	export["class"] = "applet"
	delete(export, "regionalOptions") // where the app itself lay
	if run, ok := export["runSpec"].(map[string]any); ok {
		export["runSpec"] = m.inRegion(run)
	}
	name, _ := export["name"].(string)
	version, _ := export["version"].(string)
	err := m.program(k, export)
	if made := m.ids[k.ID]; made != "" {
		m.ids["app-"+name+"/"+version] = made
	}
	return err
}

// inRegion moves what a program needs in one region to the region of the
// project that it is made in, unless it has a list for that.
func (m *maker) inRegion(run map[string]any) map[string]any {
	run = maps.Clone(run)
	delete(run, "bundledDepends") // the same for one region, as older clients know it
	for _, key := range []string{"bundledDependsByRegion", "systemRequirementsByRegion"} {
		regions, ok := run[key].(map[string]any)
		if !ok || len(regions) == 0 {
			continue
		}
		here, ok := regions[m.r.region]
		if !ok {
			here = regions[slices.Sorted(maps.Keys(regions))[0]]
		}
		run[key] = map[string]any{m.r.region: here}
	}
	return run
}

// remapped puts new ids in the place of old ones, wherever a text of the
// document is an id. One that leads to nothing any more is an error: an object
// that looks whole and is not would be worse than none.
func (m *maker) remapped(value any) (any, error) {
	var err error
	switch v := value.(type) {
	case string:
		return m.present(v)
	case []any:
		out := make([]any, len(v))
		for i := range v {
			if out[i], err = m.remapped(v[i]); err != nil {
				return nil, err
			}
		}
		return out, nil
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, inner := range v {
			if key == "project" && isProjectText(inner) {
				continue // of a link: the present object lies where it lies
			}
			if key == "executable" {
				out[key], err = m.executable(inner)
			} else {
				out[key], err = m.remapped(inner)
			}
			if err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	return value, nil
}

// executable is remapped as ids are; an app may also be named.
func (m *maker) executable(value any) (any, error) {
	text, ok := value.(string)
	if !ok || !strings.HasPrefix(text, "app-") || isID(text) {
		return m.remapped(value)
	}
	id, known := m.ids[text]
	if !known {
		var err error
		if id, err = m.still(text); err != nil {
			return nil, err
		}
		m.ids[text] = id
	}
	if id == "" {
		return nil, gone(text)
	}
	return id, nil
}

func gone(what string) error {
	return fmt.Errorf("it needs %s, which is gone and was not restored: restore that, too", what)
}

func isProjectText(value any) bool {
	text, ok := value.(string)
	return ok && isProject(text)
}

// present gives the id that an object has now: of what was made of it, else its
// own if it is still to be seen.
func (m *maker) present(text string) (string, error) {
	class, _, _ := strings.Cut(text, "-")
	if !isID(text) || class != "file" && exported[class] == "" {
		return text, nil
	}
	id, known := m.ids[text]
	if !known {
		var err error
		if id, err = m.r.madeOf(m.ctx, text, anywhere); err != nil {
			return "", err
		}
		if id == "" {
			if id, err = m.still(text); err != nil {
				return "", err
			}
		}
		m.ids[text] = id
	}
	if id == "" {
		return "", gone(text)
	}
	return id, nil
}

// still gives an id back if its object can be seen anywhere.
func (m *maker) still(id string) (string, error) {
	err := m.r.c.Call(m.ctx, id, "describe", map[string]any{"fields": map[string]bool{"id": true}}, nil)
	switch {
	case err == nil:
		return id, nil
	case errors.Is(err, storage.ErrNotExist) || errors.Is(err, storage.ErrPermission):
		return "", nil
	}
	return "", err
}
