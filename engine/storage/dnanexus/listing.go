package dnanexus

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/backstay/backstay/engine/internal/sorted"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

// listing is one walk over a project.
type listing struct {
	s       *Source
	ctx     context.Context
	folders []item          // all folders below the root, sorted
	owners  map[string]bool // members of the account that pays; nil: not to be had
	apps    []string        // ids of those that the source names
	met     remarks
	keeping storage.Keeping
	now     outline // of this listing, for the next one
	kept    *keeper // that all has gone through
}

// List streams the objects and folders of the project. It asks for pages of
// 1,000, several at a time: about one call for each, whatever the number of
// folders, and a constant number besides. Where Keep allows it, it asks for what
// changed alone: the constant number, and a call for each 1,000 of these. A page
// that cannot be had ends the stream with an error.
func (s *Source) List(ctx context.Context) iter.Seq2[storage.Entry, error] {
	return func(yield func(storage.Entry, error) bool) {
		s.mu.Lock()
		l := &listing{s: s, ctx: ctx, keeping: s.keeping}
		s.mu.Unlock()
		defer l.drop()
		if err := l.begin(); err != nil {
			yield(storage.Entry{}, err)
			return
		}
		for i, err := range l.items() {
			if err != nil {
				yield(storage.Entry{}, fmt.Errorf("list %s: %w", s.project.ID, err))
				return
			}
			l.met.note(&i)
			if !yield(i.entry(), nil) {
				return
			}
		}
		l.settle()
		s.mu.Lock()
		defer s.mu.Unlock()
		s.remarks = l.met.list()
	}
}

// begin reads what a listing needs to know before its first page.
func (l *listing) begin() error {
	if err := context.Cause(l.ctx); err != nil {
		return err
	}
	var p sourceProject
	if err := l.s.c.Call(l.ctx, l.s.project.ID, "describe", wire.Fields("folders", "created", "billTo", "dataUsage", "archivedDataUsage"), &p); err != nil {
		return fmt.Errorf("list %s: %w", l.s.project.ID, err)
	}
	there := l.s.root == ""
	for _, folder := range p.Folders {
		path, ok := below(l.s.root, folder)
		there = there || ok
		if ok && path != "" {
			l.folders = append(l.folders, item{Path: path, Kind: storage.Directory, MTime: p.Created * millisecond})
		}
	}
	if !there {
		return fmt.Errorf("%s has no folder %q: %w", l.s.project.ID, l.s.root, storage.ErrNotExist)
	}
	slices.SortFunc(l.folders, byPath)
	var err error
	if l.owners, err = l.members(p.BillTo); err == nil {
		l.survey(&p)
	}
	return err
}

// members are the users of the account that pays. An organisation may hide them
// from the caller: then nobody can tell what others own, and a remark says so.
func (l *listing) members(account string) (map[string]bool, error) {
	if !strings.HasPrefix(account, "org-") {
		return map[string]bool{account: true}, nil
	}
	out := map[string]bool{}
	for found, err := range wire.Pages[wire.Found](l.ctx, l.s.c, account, "findMembers", nil) {
		if hidden(err) {
			l.met.add(membersHidden, account)
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("list members of %s: %w", account, err)
		}
		out[found.ID] = true
	}
	return out, nil
}

func hidden(err error) bool {
	return wire.IsType(err, "PermissionDenied", "ResourceNotFound")
}

// items gives everything in order of paths, each path once.
func (l *listing) items() iter.Seq2[item, error] {
	objects := l.claimed()
	if len(l.s.apps) > 0 { // they are listed each time, and before workflows are held against them
		objects = sorted.Merge(byClaim, sorted.Sort(l.withApps(given(nil)), l.s.sorting(byClaim)), objects)
	}
	named := told(objects)
	ordered := sorted.Sort(named, l.s.sorting(byPath))
	return l.withFolders(sorted.Merge(byPath, ordered, given(l.folders)))
}

func given(items []item) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		for _, i := range items {
			if !yield(i, nil) {
				return
			}
		}
	}
}

// told tells items of one path apart: the first keeps it, the others get their
// id. An object that two pages brought comes once.
func told(in iter.Seq2[item, error]) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		path, last := "", ""
		for i, err := range in {
			if err != nil {
				yield(item{}, err)
				return
			}
			if i.Path == path && i.ID == last {
				continue
			}
			second := i.Path == path
			path, last = i.Path, i.ID
			if second {
				i.Path = secondPath(i.Path, i.ID)
			}
			if !yield(i, nil) {
				return
			}
		}
	}
}

// withFolders adds the folders that were made after the list of folders was
// read: an object's own path proves them.
func (l *listing) withFolders(in iter.Seq2[item, error]) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		at := "" // the folder that the last item is or lies in
		for i, err := range in {
			if err != nil {
				yield(item{}, err)
				return
			}
			for !strings.HasPrefix(i.Path, at) {
				at = parent(at)
			}
			for {
				slash := strings.IndexByte(i.Path[len(at):], '/')
				if slash < 0 || len(at)+slash+1 == len(i.Path) {
					break
				}
				at = i.Path[:len(at)+slash+1]
				if !yield(item{Path: at, Kind: storage.Directory, MTime: l.s.project.Created * millisecond}, nil) {
					return
				}
			}
			if i.Kind == storage.Directory {
				at = i.Path
			}
			if !yield(i, nil) {
				return
			}
		}
	}
}

// parent is the folder that a folder lies in.
func parent(folder string) string {
	return folder[:strings.LastIndexByte(strings.TrimSuffix(folder, "/"), '/')+1]
}
