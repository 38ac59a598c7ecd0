package dnanexus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"sync"

	"github.com/backstay/backstay/engine/internal/guard"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

const (
	// pageWorkers bounds the pages under way at once.
	pageWorkers = 4
	// spans is how many stretches of time a large project is cut into. Each costs
	// at most one call more than its objects need.
	spans = 8
)

var listFields = []string{
	"id", "project", "class", "name", "folder", "state", "hidden", "size", "created", "modified", "createdBy",
	"tags", "types", "properties", "archivalState",
}

// question is a search of everything below the root.
func (l *listing) question() map[string]any {
	folder := l.s.root
	if folder == "" {
		folder = "/"
	}
	return map[string]any{
		"scope":      map[string]any{"project": l.s.project.ID, "folder": folder, "recurse": true},
		"visibility": "either", "state": "any", "describe": wire.Fields(listFields...), "limit": wire.PageSize,
	}
}

// answer is one page of a search.
type answer struct {
	Results []wire.Found    `json:"results"`
	Next    json.RawMessage `json:"next"`
}

func (a *answer) more() bool { return len(a.Next) > 0 && string(a.Next) != "null" }

func (l *listing) ask(question map[string]any) (*answer, error) {
	var a answer
	return &a, l.s.c.Call(l.ctx, "system", "findDataObjects", question, &a)
}

// objects streams all objects in no order. What fits into one page is one call.
// Else the project is cut by the time at which objects were made, which never
// changes, so that none moves from one stretch to another while they are read.
// The platform gives those last modified first: what is modified while it is
// listed may move past the page that would have brought it, so everything that
// was modified since the beginning is asked for once more at the end.
func (l *listing) objects() iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		first, err := l.ask(l.question())
		if err != nil {
			yield(item{}, err)
			return
		}
		if !first.more() {
			l.hand(first.Results, yield)
			return
		}
		stretches, err := l.cut()
		if err != nil {
			yield(item{}, err)
			return
		}
		if !l.pages(stretches, yield) {
			return
		}
		late := l.question()
		late["modified"] = map[string]any{"after": first.Results[0].Describe.Modified + 1}
		l.pages([]map[string]any{late}, yield)
	}
}

// cut gives the searches that together find everything: stretches of the time
// between the oldest and the youngest object, open at both ends. Whether the
// platform counts the ends in is not documented, so that neighbours overlap.
func (l *listing) cut() ([]map[string]any, error) {
	oldest, err := l.edge("ascending")
	if err != nil {
		return nil, err
	}
	youngest, err := l.edge("descending")
	if err != nil {
		return nil, err
	}
	n := min(spans, max(1, youngest-oldest))
	var out []map[string]any
	for i := range n {
		from, to := oldest+(youngest-oldest)*i/n, oldest+(youngest-oldest)*(i+1)/n
		created := map[string]any{}
		if i > 0 {
			created["after"] = from - 1
		}
		if i < n-1 {
			created["before"] = to
		}
		q := l.question()
		if len(created) > 0 {
			q["created"] = created
		}
		out = append(out, q)
	}
	return out, nil
}

// edge is when the first or last object was made, in ms.
func (l *listing) edge(ordering string) (int64, error) {
	q := l.question()
	q["limit"], q["describe"] = 1, wire.Fields("created")
	q["sortBy"] = map[string]any{"field": "created", "ordering": ordering}
	a, err := l.ask(q)
	if err != nil || len(a.Results) == 0 {
		return 0, err
	}
	return a.Results[0].Describe.Created, nil
}

// handful is the items of one page, or the error that ended a search.
type handful struct {
	items []item
	err   error
}

var errNobodyListens = errors.New("the listing was not read to its end")

// pages runs searches, a few at a time, and hands their items on. It tells false
// when the stream ended, by an error or because nobody listens any more.
func (l *listing) pages(questions []map[string]any, yield func(item, error) bool) bool {
	ctx, stop := context.WithCancelCause(l.ctx)
	inner := *l
	inner.ctx = ctx
	queue := make(chan map[string]any, len(questions))
	for _, q := range questions {
		queue <- q
	}
	close(queue)
	out := make(chan handful)
	var wg sync.WaitGroup
	for range min(pageWorkers, len(questions)) {
		wg.Go(func() {
			defer guard.Recover()
			for q := range queue {
				inner.search(q, out)
			}
		})
	}
	go func() {
		defer guard.Recover()
		wg.Wait()
		close(out)
	}()
	defer func() {
		stop(errNobodyListens)
		for range out { // until all searches have ended
		}
	}()
	for b := range out {
		if b.err != nil {
			yield(item{}, b.err)
			return false
		}
		for _, i := range b.items {
			if !yield(i, nil) {
				return false
			}
		}
	}
	return true
}

// search goes through the pages of one search.
func (l *listing) search(question map[string]any, out chan<- handful) {
	question = maps.Clone(question)
	for more := true; more; {
		a, err := l.ask(question)
		var b handful
		if err == nil {
			b.items, err = l.itemsOf(a.Results)
		}
		b.err = err
		out <- b // read to its end, whatever comes
		more = err == nil && a.more()
		question["starting"] = a.Next
	}
}

// hand makes items of a page and hands them on.
func (l *listing) hand(found []wire.Found, yield func(item, error) bool) {
	items, err := l.itemsOf(found)
	if err != nil {
		yield(item{}, err)
		return
	}
	for _, i := range items {
		if !yield(i, nil) {
			return
		}
	}
}

// itemsOf makes items of a page. Exports are made to know how long they are.
func (l *listing) itemsOf(found []wire.Found) ([]item, error) {
	items := make([]item, 0, len(found))
	var exports []int
	for i := range found {
		o := &found[i].Describe
		o.ID, o.Project = found[i].ID, found[i].Project
		path, ok := pathOf(l.s.root, o)
		if !ok {
			return nil, fmt.Errorf("the platform says that %s lies in %q, which was not asked for", o.ID, o.Folder)
		}
		one := item{Path: path, ID: o.ID, MTime: mtimeOf(o), CTime: o.Modified * millisecond, Facts: factsOf(o, l.owners)}
		l.classify(&one, o)
		if one.Kind == storage.File && o.Class != "file" {
			exports = append(exports, len(items))
		}
		items = append(items, one)
	}
	return items, l.measure(items, exports)
}

// classify tells what can be read from what can only be remarked on.
func (l *listing) classify(i *item, o *wire.Object) {
	_, exports := exported[o.Class]
	switch {
	case o.Class == "file" && o.State != closed:
		i.Kind, i.Note = storage.Special, notClosed
	case o.Class == "file":
		i.Size = o.Size
		if t := i.Facts.Tier; t != "" && t != storage.TierLive {
			i.Note = notLive
		}
	case !exports:
		i.Kind, i.Note = storage.Special, notExported
	}
	if i.Note == "" && i.Facts.Shared {
		i.Note = sharedIn
	}
	if i.Note == "" && o.Hidden {
		i.Note = hiddenObject
	}
}

// measure fills in the sizes of exports: records and workflows are described
// many at a time, programs one by one.
func (l *listing) measure(items []item, exports []int) error {
	var many, single []int
	for _, i := range exports {
		if items[i].Facts.Class == "applet" {
			single = append(single, i)
		} else {
			many = append(many, i)
		}
	}
	if err := l.measureMany(items, many); err != nil {
		return err
	}
	return l.measureEach(items, single)
}

func (l *listing) measureMany(items []item, which []int) error {
	if len(which) == 0 {
		return nil
	}
	objects := make([]map[string]any, len(which))
	for k, i := range which {
		objects[k] = map[string]any{
			"id": items[i].ID, "project": l.s.project.ID, "describe": map[string]any{"details": true, "properties": true},
		}
	}
	var out struct {
		Results []struct {
			Describe map[string]json.RawMessage `json:"describe"`
			Error    json.RawMessage            `json:"error"`
		} `json:"results"`
	}
	if err := l.s.c.Call(l.ctx, "system", "describeDataObjects", map[string]any{"objects": objects}, &out); err != nil {
		return err
	}
	if len(out.Results) != len(which) {
		return fmt.Errorf("the platform describes %d of %d objects", len(out.Results), len(which))
	}
	for k, i := range which {
		if out.Results[k].Describe == nil {
			return fmt.Errorf("the platform does not describe %s: %s", items[i].ID, out.Results[k].Error)
		}
		text, err := export(out.Results[k].Describe)
		if err != nil {
			return fmt.Errorf("export %s: %w", items[i].ID, err)
		}
		items[i].Size = int64(len(text))
		if items[i].Note == "" && l.runsUnnamed(out.Results[k].Describe) {
			items[i].Note = appUnnamed
		}
	}
	return nil
}

// measureEach exports programs, several at a time.
func (l *listing) measureEach(items []item, which []int) error {
	return each(l.ctx, which, func(i int) (err error) {
		items[i].Size, err = l.s.exportSize(l.ctx, items[i].Facts.Class, items[i].ID)
		return err
	})
}
