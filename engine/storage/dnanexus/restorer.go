package dnanexus

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

// restoredProperty names, on an object that a restore made, the one that it was
// made of. It lets a restore be repeated, and leads from old links to new ones.
const restoredProperty = "backstay_restored_from"

// maxExport bounds an export that is read into memory to be made an object of.
const maxExport = 64 << 20

// Restorer makes objects of a project again: files with their metadata, and
// records, applets and workflows of their exports. Objects get new ids; what
// links to an object that was made again links to the new one. Nothing that is
// there is replaced: names need not be unique. An app that is gone becomes an
// applet, which runs as it did: to publish is its developers' decision, and the
// platform never takes a version of a name twice.
type Restorer struct {
	c       *wire.Client
	project string
	region  string // of the project

	mu    sync.Mutex
	spool *os.File // exports that wait for Flush, one JSON text each
	into  *json.Encoder
}

var (
	_ storage.Restorer  = (*Restorer)(nil)
	_ storage.Recreator = (*Restorer)(nil)
)

// OpenRestorer opens a project to restore into; it needs CONTRIBUTE there.
func OpenRestorer(ctx context.Context, c *wire.Client, project string) (*Restorer, error) {
	if err := c.Settings().LoggedIn(); err != nil {
		return nil, err
	}
	id, err := findProject(ctx, c, project)
	if err != nil {
		return nil, err
	}
	var p sourceProject
	if err := c.Call(ctx, id, "describe", projectFields, &p); err != nil {
		return nil, fmt.Errorf("open project %s: %w", project, err)
	}
	spool, err := os.CreateTemp("", "restore-*.spool")
	if err != nil {
		return nil, fmt.Errorf("a place for exports: %w", err)
	}
	return &Restorer{c: c, project: id, region: p.Region, spool: spool, into: json.NewEncoder(spool)}, nil
}

// Close lets go of everything. What was not flushed is not made.
func (r *Restorer) Close() error {
	r.c.Close()
	return errors.Join(r.spool.Close(), os.Remove(r.spool.Name()))
}

// placeOfPath is the folder and name that a path stands for.
func placeOfPath(path string) (folder, name string) {
	cut := strings.LastIndexByte(path, '/')
	folder, name = "/", path
	if cut >= 0 {
		elements := strings.Split(path[:cut], "/")
		for i, e := range elements {
			elements[i] = plainText(e)
		}
		folder, name = "/"+strings.Join(elements, "/"), path[cut+1:]
	}
	if toldApart(name) {
		name = name[:strings.LastIndex(name, ".~")]
	}
	return folder, plainText(name)
}

// Recreated looks for the original, and for what an earlier restore made of it.
func (r *Restorer) Recreated(ctx context.Context, path string, o storage.Original) (bool, error) {
	if o.ID == "" {
		return false, nil
	}
	var original wire.Object
	ask := wire.Fields("project", "folder")
	if !strings.HasPrefix(o.ID, "app-") {
		ask["project"] = r.project
	}
	err := r.c.Call(ctx, o.ID, "describe", ask, &original)
	if err == nil && original.Project == r.project {
		return true, nil // wherever it lies now, it was not lost
	}
	if err == nil && strings.HasPrefix(path, appsFolder) {
		// An app lies in no project, and what it brings along goes with it.
		var a app
		err = r.c.Call(ctx, appAt(path, o.ID), "describe", wire.Fields("deleted"), &a)
		if err == nil && !a.Deleted {
			return true, nil
		}
	}
	if err != nil && !errors.Is(err, storage.ErrNotExist) && !errors.Is(err, storage.ErrPermission) {
		return false, fmt.Errorf("look for %s: %w", o.ID, err)
	}
	// A file that a program brings along may lie in the project as well: these are
	// two files, though of one id.
	made, err := r.madeOf(ctx, o.ID, func(made *wire.Object) bool {
		return strings.HasPrefix(path, appsFolder) == strings.HasPrefix(made.Folder+"/", "/"+appsFolder)
	})
	return made != "", err
}

// anywhere takes whatever was made of an object.
func anywhere(*wire.Object) bool { return true }

// madeOf gives the id of what a restore made of an object, "" for none that
// fits. An open file is what a restore left that was interrupted.
func (r *Restorer) madeOf(ctx context.Context, id string, fits func(*wire.Object) bool) (string, error) {
	ask := map[string]any{
		"scope": map[string]any{"project": r.project}, "properties": map[string]string{restoredProperty: id},
		"visibility": "either", "state": "any", "describe": wire.Fields("state", "class", "folder"),
	}
	for found, err := range wire.Pages[wire.Found](ctx, r.c, "system", "findDataObjects", ask) {
		if err != nil {
			return "", fmt.Errorf("look for what was made of %s: %w", id, err)
		}
		left := found.Describe.Class == "file" && found.Describe.State == "open"
		if !left && fits(&found.Describe) {
			return found.ID, nil
		}
	}
	return "", nil
}

// Recreate makes a file, or keeps the export of another object for Flush: it may
// link to what is not there yet.
func (r *Restorer) Recreate(ctx context.Context, path string, o storage.Original, content io.Reader) ([]string, error) {
	class, _, _ := strings.Cut(o.ID, "-")
	if isID(o.ID) && exported[class] != "" {
		return nil, r.keep(path, o, content)
	}
	in, problems := metadataOf(o)
	folder, name := placeOfPath(path)
	in["project"], in["folder"], in["parents"] = r.project, folder, true
	if in["name"] == nil {
		in["name"] = name
	}
	return problems, r.upload(ctx, path, in, o.Size, content)
}

// upload makes a file of content, and leaves none behind if it cannot.
func (r *Restorer) upload(ctx context.Context, path string, in map[string]any, size int64, content io.Reader) error {
	u := r.c.Upload(ctx, func(ctx context.Context) (string, error) {
		var made struct {
			ID string `json:"id"`
		}
		err := r.c.Create(ctx, "file", in, &made)
		return made.ID, err
	})
	_, err := u.ReadAll(content, size, nil)
	file, _, waitErr := u.Wait()
	if err = errors.Join(err, waitErr); err == nil {
		err = r.c.Call(ctx, file, "close", nil, nil)
	}
	if err == nil {
		err = r.awaitClosed(ctx, file)
	}
	if err == nil || file == "" {
		return err
	}
	undo := r.c.Call(context.WithoutCancel(ctx), r.project, "removeObjects", map[string]any{"objects": []string{file}, "force": true}, nil)
	return errors.Join(fmt.Errorf("store %q: %w", path, err), undo)
}

func (r *Restorer) awaitClosed(ctx context.Context, file string) error {
	for wait := 200 * time.Millisecond; ; wait = min(2*wait, 10*time.Second) {
		var o wire.Object
		if err := r.c.Call(ctx, file, "describe", wire.Fields("state"), &o); err != nil || o.State == closed {
			return err
		}
		if err := r.c.Clock().Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// metadataOf is what a file is made with: its name, tags, types, properties and
// details. What it is made of is noted among the properties.
func metadataOf(o storage.Original) (in map[string]any, problems []string) {
	in = map[string]any{}
	properties := map[string]any{}
	for name, key := range map[string]string{"name": "name", "media": "media"} {
		if v := o.Xattrs[attributePrefix+name]; v != "" {
			in[key] = v
		}
	}
	if o.Xattrs[attributePrefix+"hidden"] != "" {
		in["hidden"] = true
	}
	for _, key := range []string{"tags", "types", "details", "properties"} {
		text := o.Xattrs[attributePrefix+key]
		if text == "" {
			continue
		}
		value, err := loose([]byte(text))
		if err != nil {
			problems = append(problems, fmt.Sprintf("the recorded %s are no JSON: %v", key, err))
			continue
		}
		in[key] = value
	}
	if recorded, ok := in["properties"].(map[string]any); ok {
		properties = recorded
	}
	if o.ID != "" {
		properties[restoredProperty] = o.ID
	}
	in["properties"] = properties
	return in, problems
}

// kept is an export that waits.
type kept struct {
	Folder string          `json:"folder"`
	ID     string          `json:"id"`
	Export json.RawMessage `json:"export"`
}

func (r *Restorer) keep(path string, o storage.Original, content io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(content, maxExport+1))
	if err != nil {
		return err
	}
	var head struct{ Format, Class string }
	if err := json.Unmarshal(text, &head); len(text) > maxExport || err != nil || head.Format != exportFormat || exported[head.Class] == "" {
		return fmt.Errorf("%q is no export that this version reads (format %q): %w", path, head.Format, err)
	}
	folder, _ := placeOfPath(path)
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.into.Encode(kept{Folder: folder, ID: o.ID, Export: compact.Bytes()})
}

// Mkdir makes a folder; the root is there.
func (r *Restorer) Mkdir(ctx context.Context, path string) error {
	folder, _ := placeOfPath(strings.TrimSuffix(path, "/") + "/x")
	if folder == "/" {
		return nil
	}
	return r.c.Call(ctx, r.project, "newFolder", map[string]any{"folder": folder, "parents": true}, nil)
}

var errNoFiles = errors.New("a project of the platform has no such thing")

// Write makes a file of which nothing but its bytes is recorded.
func (r *Restorer) Write(ctx context.Context, path string, content io.Reader, _ bool) error {
	_, err := r.Recreate(ctx, path, storage.Original{Size: -1}, content)
	return err
}

// Link is an error: an object has one place in a project.
func (r *Restorer) Link(context.Context, string, string, bool) error {
	return fmt.Errorf("make a hard link: %w", errNoFiles)
}

// Symlink is an error.
func (r *Restorer) Symlink(context.Context, string, string, bool) error {
	return fmt.Errorf("make a link: %w", errNoFiles)
}

// SetMeta does nothing: folders have no metadata, objects were made with theirs.
func (r *Restorer) SetMeta(context.Context, string, storage.Meta) ([]string, error) { return nil, nil }

// ReadBack finds nothing: what is there is known by its id.
func (r *Restorer) ReadBack(_ context.Context, path string) (io.ReadCloser, error) {
	return nil, fmt.Errorf("read %q: %w", path, storage.ErrNotExist)
}
