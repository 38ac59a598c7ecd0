package dnanexus

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

// SourceOptions say what a source reads.
type SourceOptions struct {
	Project string   // id, or the name of one project that the caller can see
	Folder  string   // of the project that is the root; "" is "/"
	Apps    []string // "NAME", "NAME/VERSION" or an id, each with or without "app-"
	Scratch string   // folder for sorting what does not fit into memory; "" the system's
}

// Source is a project, or a folder of it, as a tree of entries.
type Source struct {
	c       *wire.Client
	project sourceProject
	root    string // "", or "/a/b"
	apps    []string
	scratch string
	memory  int64 // that a sort of a listing may hold

	mu      sync.Mutex
	keeping storage.Keeping
	came    storage.Listed // of the listing under way, or the last one
	remarks []storage.Remark
	known   map[string]wire.Object // described at Open, for Details
}

var (
	_ storage.Source   = (*Source)(nil)
	_ storage.Remarker = (*Source)(nil)
	_ storage.Placed   = (*Source)(nil)
)

// sourceProject is what a source needs to know of its project.
type sourceProject struct {
	ID          string   `json:"id"`
	Name        string   `json:"name"`
	Region      string   `json:"region"`
	BillTo      string   `json:"billTo"`
	Created     int64    `json:"created"` // ms
	Folders     []string `json:"folders"`
	ContainsPHI bool     `json:"containsPHI"`

	DataUsage         *float64 `json:"dataUsage"` // GB
	ArchivedDataUsage *float64 `json:"archivedDataUsage"`
}

var projectFields = wire.Fields("id", "name", "region", "billTo", "created", "containsPHI")

// OpenSource finds the project. It needs VIEW there, and changes nothing. The
// client is closed with the source, unless it could not be opened.
func OpenSource(ctx context.Context, c *wire.Client, o SourceOptions) (*Source, error) {
	if err := c.Settings().LoggedIn(); err != nil {
		return nil, err
	}
	s := &Source{c: c, root: strings.TrimSuffix(o.Folder, "/"), apps: o.Apps, scratch: o.Scratch, memory: sortMemory, known: map[string]wire.Object{}}
	if s.root != "" && s.root[0] != '/' {
		return nil, fmt.Errorf("folder %q does not begin with \"/\"", o.Folder)
	}
	id, err := findProject(ctx, c, o.Project)
	if err != nil {
		return nil, err
	}
	if err := c.Call(ctx, id, "describe", projectFields, &s.project); err != nil {
		return nil, fmt.Errorf("open project %s: %w", o.Project, err)
	}
	return s, nil
}

// findProject gives the id of a project that is named by id or by name.
func findProject(ctx context.Context, c *wire.Client, name string) (string, error) {
	if isProject(name) {
		return name, nil
	}
	var ids []string
	ask := map[string]any{"name": name, "level": "VIEW"}
	for found, err := range wire.Pages[wire.Found](ctx, c, "system", "findProjects", ask) {
		if err != nil {
			return "", fmt.Errorf("find project %q: %w", name, err)
		}
		ids = append(ids, found.ID)
	}
	switch len(ids) {
	case 1:
		return ids[0], nil
	case 0:
		return "", fmt.Errorf("no project is named %q, or none that you may view: %w", name, storage.ErrNotExist)
	}
	return "", fmt.Errorf("%d projects are named %q (%s, ...): name the one you mean by its id", len(ids), name, ids[0])
}

// Close lets go of the connections.
func (s *Source) Close() error {
	s.c.Close()
	return nil
}

// Place tells where the project lies.
func (s *Source) Place(context.Context) (storage.Place, error) {
	provider, _, _ := strings.Cut(s.project.Region, ":")
	return storage.Place{Region: s.project.Region, Provider: provider, Container: s.project.ID, BillTo: s.project.BillTo}, nil
}

// Remarks are those of the last listing that ended whole.
func (s *Source) Remarks() []storage.Remark {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.remarks
}

// objectFields is what is asked of an object that is opened.
var objectFields = []string{
	"id", "project", "class", "name", "folder", "state", "hidden", "size", "created", "modified", "createdBy",
	"tags", "types", "properties", "details", "media", "archivalState", "parts",
}

// look describes the object of an entry as it is now. The error is ErrNotExist
// if it is no longer at the entry's path.
func (s *Source) look(ctx context.Context, e storage.Entry) (wire.Object, error) {
	if err := context.Cause(ctx); err != nil {
		return wire.Object{}, err
	}
	var o wire.Object
	if !isID(e.ID) {
		return o, fmt.Errorf("%q has no id of the platform's: %w", e.Path, storage.ErrNotExist)
	}
	if strings.HasPrefix(e.ID, "app-") {
		return s.lookApp(ctx, e)
	}
	ask := wire.Fields(objectFields...)
	ask["project"] = s.project.ID
	if err := s.c.Call(ctx, e.ID, "describe", ask, &o); err != nil {
		return o, fmt.Errorf("look at %s: %w", e.ID, err)
	}
	if len(s.apps) > 0 && strings.HasPrefix(e.Path, appsFolder) {
		return o, nil // an app brings it along, from wherever it lies
	}
	// The project is a hint to the platform: it describes a copy elsewhere if this
	// one is gone.
	path, ok := pathOf(s.root, &o)
	if o.Project != s.project.ID || !ok || path != e.Path && secondPath(path, o.ID) != e.Path {
		return o, fmt.Errorf("%s is no longer at %q: %w", e.ID, e.Path, storage.ErrNotExist)
	}
	return o, nil
}

// Open opens a file's bytes, or the export of another object. An object's id is
// its content: only its removal, or a change of what is exported, makes it
// another than was listed.
func (s *Source) Open(ctx context.Context, e storage.Entry) (storage.Content, error) {
	if e.Kind != storage.File {
		return nil, fmt.Errorf("%q is a %s", e.Path, e.Kind)
	}
	o, err := s.look(ctx, e)
	if err != nil {
		return nil, err
	}
	if mtimeOf(&o) != e.MTime {
		return nil, fmt.Errorf("open %q: %w", e.Path, storage.ErrChanged)
	}
	s.remember(o)
	if o.Class != "file" {
		return s.openExport(ctx, e, &o)
	}
	return s.openFile(ctx, e, &o)
}

func (s *Source) openFile(ctx context.Context, e storage.Entry, o *wire.Object) (storage.Content, error) {
	switch {
	case o.State != closed || o.Size != e.Size:
		return nil, fmt.Errorf("open %q: %w", e.Path, storage.ErrChanged)
	case o.Archival != "" && storage.Tier(o.Archival) != storage.TierLive:
		return nil, fmt.Errorf("%q (%s) is %s at its source: only what is live can be read. Bring it back from the archive first: %w", e.Path, o.ID, o.Archival, storage.ErrCold)
	}
	r, err := s.c.Open(ctx, wire.Content{Project: o.Project, File: o.ID, Size: o.Size, Parts: o.Parts})
	if err != nil {
		return nil, fmt.Errorf("open %q: %w", e.Path, err)
	}
	return &fileContent{r: r, left: o.Size}, nil
}

// fileContent is a file's bytes. They are immutable, and the client compares
// each part with the platform's checksum while it reads.
type fileContent struct {
	r    io.ReadCloser
	left int64
}

func (c *fileContent) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.left -= int64(n)
	return n, err
}

func (c *fileContent) Close() error { return c.r.Close() }

var _ storage.Summed = (*fileContent)(nil)

// PartAt is the part of the file that begins at an offset.
func (c *fileContent) PartAt(offset int64) (storage.Part, bool) {
	if s, ok := c.r.(wire.Summed); ok {
		size, sum, known := s.PartAt(offset)
		return storage.Part{Size: size, MD5: sum}, known
	}
	return storage.Part{}, false
}

// Compared is up to which offset the client compared what was read.
func (c *fileContent) Compared() int64 {
	if s, ok := c.r.(wire.Summed); ok {
		return s.Compared()
	}
	return 0
}

// Unchanged tells whether all bytes were read; the last of them brought the
// comparison with the checksums to its end.
func (c *fileContent) Unchanged() error {
	if c.left != 0 {
		return fmt.Errorf("%d bytes were not read: %w", c.left, storage.ErrChanged)
	}
	return nil
}
