package dnanexus

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/internal/sorted"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

const (
	// overlap is how far before the last listing an incremental one asks again: as
	// much as the platform's clocks may differ among themselves, and as long as a
	// search may be behind.
	overlap = 15 * time.Minute
	// coarse is how exactly the platform tells the time: to a second.
	coarse = 2 * time.Second
	// mostChanged bounds what an incremental listing holds in memory, and how many
	// calls it takes: if more has changed everything is asked for.
	mostChanged = 20_000
	// mostFolders bounds the searches for what new folders hold.
	mostFolders = 50
)

var _ storage.Incremental = (*Source)(nil)

// Keep tells where to keep what a listing sees, and when to rest on it.
func (s *Source) Keep(k storage.Keeping) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keeping = k
}

// Listed tells how the listing came about.
func (s *Source) Listed() storage.Listed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.came
}

func (l *listing) says(c storage.Listed) {
	l.s.mu.Lock()
	defer l.s.mu.Unlock()
	l.s.came = c
}

// claimed gives the project's objects in the order of their claims: those that
// changed, and of the others what is kept; or else all of them.
func (l *listing) claimed() iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		p, why := l.recall()
		if p != nil {
			defer p.close()
			changed, doubt, err := l.since(p)
			switch {
			case err != nil:
				yield(item{}, err)
				return
			case doubt == "":
				l.says(storage.Listed{Incremental: true, Whole: time.UnixMilli(p.Whole), Since: time.UnixMilli(p.Mark - overlap.Milliseconds())})
				l.keep(l.onTop(p, changed), len(changed) > 0, func(item) {})(yield)
				return
			}
			why = doubt
		}
		now := l.keeping.Now
		l.says(storage.Listed{Whole: now, Why: why})
		l.now.Whole, l.now.There, l.now.Bytes = now.UnixMilli(), l.now.Mark, 0
		l.keep(sorted.Sort(l.objects(), l.s.sorting(byClaim)), true, l.weigh)(yield)
	}
}

// recall opens what is kept, if a listing may rest on it; else it tells why not.
func (l *listing) recall() (_ *past, why string) {
	k := l.keeping
	if k.Path == "" {
		return nil, ""
	}
	p, err := l.s.openPast(k.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, "nothing is kept of an earlier listing"
	}
	if err != nil {
		return nil, err.Error()
	}
	if why = l.unfit(&p.outline); why != "" {
		p.close()
		return nil, why
	}
	return p, ""
}

// unfit tells why a listing cannot rest on one that is kept; "" it can.
func (l *listing) unfit(o *outline) string {
	k := l.keeping
	age, there := k.Now.Sub(time.UnixMilli(o.Whole)), time.Duration(l.now.Mark-o.There)*time.Millisecond
	switch {
	case k.Whole:
		return "everything was asked for"
	case o.Bound != k.Bound || o.Project != l.s.project.ID || o.Root != l.s.root:
		return "the settings have changed since the last listing"
	case o.Serial > k.Serial:
		return "the state is older than the last listing"
	case l.now.Mark == 0 || o.There == 0:
		return "the platform does not tell the time"
	case o.Mark-l.now.Mark > coarse.Milliseconds() || min(age, there) < -coarse:
		return "a clock went back since the last listing"
	case max(age, there) >= k.Age:
		return fmt.Sprintf("the last whole listing is older than %s", k.Age)
	case o.Owners != l.now.Owners:
		return "who belongs to the account that pays has changed"
	}
	return ""
}

// since asks for what changed: by its time of change, by new folders, and by the
// ids of files that were not closed. It gives what differs from what is kept, or
// tells why that may not be all.
func (l *listing) since(p *past) (_ []item, doubt string, err error) {
	questions, doubt := l.questions(p)
	if doubt != "" {
		return nil, doubt, nil
	}
	found := map[string]item{}
	l.pages(questions, func(i item, e error) bool {
		err = e
		if have, ok := found[i.ID]; e == nil && (!ok || have.CTime <= i.CTime) {
			found[i.ID] = i
		}
		return e == nil && len(found) <= mostChanged
	})
	switch {
	case err != nil:
		return nil, "", err
	case len(found) > mostChanged:
		return nil, fmt.Sprintf("more than %d objects changed", mostChanged), nil
	}
	added, doubt, err := l.compare(p, found)
	if err != nil || doubt != "" {
		return nil, doubt, err
	}
	if doubt = l.now.Usage.doubt(&p.outline, added); doubt != "" {
		return nil, doubt, nil
	}
	l.carry(p, found, added)
	return slices.SortedFunc(maps.Values(found), byClaim), "", nil
}

// questions are the searches for what changed.
func (l *listing) questions(p *past) (list []map[string]any, doubt string) {
	late := l.question()
	late["modified"] = map[string]any{"after": p.Mark - overlap.Milliseconds() - 1} // the end may not count
	list = append(list, late)
	fresh, lost := compareFolders(p.Folders, l.now.Folders)
	switch {
	case lost:
		return nil, "folders were removed, moved or renamed"
	case len(fresh) > mostFolders:
		return nil, fmt.Sprintf("more than %d folders are new", mostFolders)
	case len(p.Open) > mostChanged:
		return nil, fmt.Sprintf("more than %d files were not closed", mostChanged)
	}
	for _, folder := range fresh { // what is brought into a project may look old
		q := l.question()
		q["scope"] = map[string]any{"project": l.s.project.ID, "folder": folder, "recurse": true}
		list = append(list, q)
	}
	for ids := range slices.Chunk(p.Open, wire.PageSize) { // whether closing is a change is not documented
		q := l.question()
		q["id"] = ids
		list = append(list, q)
	}
	return list, ""
}

// compareFolders gives the topmost of the folders that are new, and tells
// whether one is gone. Both lists are sorted.
func compareFolders(before, now []string) (fresh []string, lost bool) {
	known := make(map[string]bool, len(before))
	for _, folder := range before {
		known[folder] = true
	}
	there := 0
	for _, folder := range now {
		if known[folder] {
			there++
			continue
		}
		if n := len(fresh); n == 0 || !strings.HasPrefix(folder, fresh[n-1]+"/") {
			fresh = append(fresh, folder)
		}
	}
	return fresh, there < len(before)
}

// compare looks up what is kept of the objects that were found. Those that are
// the same are dropped. It tells by how many bytes the closed files grew. What
// was renamed or moved, or took a path that another one has, is a doubt: there
// an object is to be found gone, which only a whole listing may.
func (l *listing) compare(p *past, found map[string]item) (added int64, doubt string, err error) {
	if len(found) == 0 {
		return 0, "", nil
	}
	paths := map[string]bool{}
	for _, i := range found {
		added += weight(&i)
		paths[i.Path] = true
	}
	taken, stayed := map[string]bool{}, map[string]bool{}
	var a, b []byte
	for was, err := range p.items() {
		if err != nil {
			return 0, "", err
		}
		i, again := found[was.ID]
		if !again {
			if paths[was.Path] {
				taken[was.Path] = true
			}
			continue
		}
		added -= weight(&was)
		if a, b = l.s.appendItem(a[:0], was), l.s.appendItem(b[:0], i); bytes.Equal(a, b) {
			delete(found, was.ID)
		}
		if was.Path != i.Path {
			return 0, fmt.Sprintf("%s was moved or renamed", i.ID), nil
		}
		stayed[was.ID] = true
	}
	for id, i := range found {
		if taken[i.Path] && !stayed[id] {
			return 0, fmt.Sprintf("%s has the path of an object that was there before", id), nil
		}
	}
	return added, "", nil
}

// weight is what a file counts in a project's usage.
func weight(i *item) int64 {
	if i.Kind == storage.File && i.Facts != nil && i.Facts.Class == "file" {
		return i.Size
	}
	return 0
}

// carry makes the outline of what is kept next.
func (l *listing) carry(p *past, found map[string]item, added int64) {
	l.now.Whole, l.now.There, l.now.Bytes = p.Whole, p.There, p.Bytes+added
	for _, id := range p.Open {
		if _, changed := found[id]; !changed {
			l.now.Open = append(l.now.Open, id)
		}
	}
	for id, i := range found {
		if i.Note == notClosed {
			l.now.Open = append(l.now.Open, id)
		}
	}
	slices.Sort(l.now.Open)
}

// onTop merges what changed with what is kept.
func (l *listing) onTop(p *past, changed []item) iter.Seq2[item, error] {
	if len(changed) == 0 {
		return p.items()
	}
	drop := make(map[string]bool, len(changed))
	for _, i := range changed {
		drop[i.ID] = true
	}
	rest := func(yield func(item, error) bool) {
		for i, err := range p.items() {
			if err == nil && drop[i.ID] {
				continue
			}
			if !yield(i, err) || err != nil {
				return
			}
		}
	}
	return sorted.Merge(byClaim, rest, given(changed))
}

// weigh adds up, for a listing of everything, what the next one compares.
func (l *listing) weigh(i item) {
	l.now.Bytes += weight(&i)
	if i.Note == notClosed {
		l.now.Open = append(l.now.Open, i.ID)
	}
}

// keep writes what passes by, each object once. It is given its name once all
// has passed, and the listing was read to its end.
func (l *listing) keep(in iter.Seq2[item, error], wanted bool, note func(item)) iter.Seq2[item, error] {
	k := l.keeping
	if k.Path == "" || !wanted || l.now.Mark == 0 {
		return in
	}
	return func(yield func(item, error) bool) {
		w, last := newKeeper(k.Path, k.Now), ""
		for i, err := range in {
			if err == nil && i.ID != last {
				w.add(l.s, i)
				note(i)
			}
			last = i.ID
			if !yield(i, err) || err != nil {
				w.abort()
				return
			}
		}
		l.kept = w
	}
}

// settle gives the file its name. That it could not be kept costs calls, no more.
func (l *listing) settle() {
	if l.kept == nil {
		return
	}
	if err := l.kept.commit(&l.now); err != nil {
		l.met.add(notKept, err.Error())
	}
	l.kept = nil
}

// drop removes what was not read to its end.
func (l *listing) drop() {
	if l.kept != nil {
		l.kept.abort()
	}
}

// survey notes what the project is like before anything of it is listed.
func (l *listing) survey(p *sourceProject) {
	l.now = outline{
		Bound: l.keeping.Bound, Serial: l.keeping.Serial, Project: l.s.project.ID, Root: l.s.root,
		Folders: slices.Sorted(slices.Values(p.Folders)), Owners: digestOf(l.owners),
	}
	if l.s.root == "" {
		l.now.Usage = usage{Live: p.DataUsage, Cold: p.ArchivedDataUsage}
	}
	if ahead, ok := l.s.c.Skew(); ok {
		l.now.Mark = l.s.c.Clock().Now().Add(ahead).UnixMilli()
	}
}

// digestOf is the same for the same members; "" where they are not to be had.
func digestOf(members map[string]bool) string {
	if members == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join(slices.Sorted(maps.Keys(members)), "\n")))
	return hex.EncodeToString(sum[:])
}
