// Package model is the platform's content as one value: users, organisations,
// projects with their folders, objects with their copies, runs, and what is
// owed for them. In go decisions that were already checked, and instants; out
// come the changed entities as rows. It holds the rules that tie copies
// together (shared content, archiving under one bill-to, charging once) and
// never reads a clock, a request or a disk. It is not safe for concurrent use:
// its owner holds a lock.
package model

import (
	"container/heap"
	"encoding/json"
	"fmt"
	"iter"
	"strings"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/bill"
)

// World is everything that exists.
type World struct {
	Users    map[string]*User
	Orgs     map[string]*Org
	Projects map[string]*Project
	Objects  map[string]*Object
	Runs     map[string]*Run
	Apps     map[string]*App
	Ledger   *Ledger
	Settings *Settings

	tokens map[string]*User
	dirty  map[[2]string]any // nil: forget
	timers timers
	litter []string // blobs that nothing names any more
}

// Settings are what a rehearsal can choose. Durations are milliseconds.
type Settings struct {
	Rules           archival.Rules         `json:"rules"`
	Regions         []string               `json:"regions"`
	NoArchive       []string               `json:"noArchive"`  // regions without the service, beyond what the rules say
	YesArchive      []string               `json:"yesArchive"` // regions with it, whatever the rules say
	CloseDelay      int64                  `json:"closeDelay"`
	ArchiveDelay    int64                  `json:"archiveDelay"`
	RestoreDelay    map[string]int64       `json:"restoreDelay"` // by cloud + " " + rate
	JobDelay        int64                  `json:"jobDelay"`
	URLLife         int64                  `json:"urlLife"` // of an upload URL
	Prices          map[string]bill.Prices `json:"prices"`  // by region, else by cloud, else "*"
	MinimumPartSize int64                  `json:"minimumPartSize"`
}

const hour = 60 * 60 * 1000

// Defaults are the settings of a fresh world.
func Defaults(rules archival.Rules) *Settings {
	return &Settings{
		Rules: rules,
		Regions: []string{
			"aws:us-east-1", "aws:eu-central-1", "aws:eu-west-2-g", "aws:ap-southeast-2", "azure:westus", "azure:westeurope",
		},
		RestoreDelay: map[string]int64{
			"aws Standard": 5 * hour, "aws Bulk": 12 * hour, "azure Standard": 15 * hour, "azure Expedited": hour,
		},
		URLLife: hour / 4, Prices: map[string]bill.Prices{"*": bill.Example()}, MinimumPartSize: 5 << 20,
	}
}

// PricesOf finds the price book of a region.
func (s *Settings) PricesOf(region string) bill.Prices {
	for _, key := range []string{region, archival.Cloud(region), "*"} {
		if p, ok := s.Prices[key]; ok {
			return p
		}
	}
	return bill.Prices{DaysPerMonth: 30}
}

// Offers tells whether files can be archived in a region.
func (s *Settings) Offers(region string) bool {
	for _, yes := range s.YesArchive {
		if yes == region {
			return true
		}
	}
	for _, no := range s.NoArchive {
		if no == region {
			return false
		}
	}
	return s.Rules.Offered(region)
}

// New makes an empty world.
func New(s *Settings) *World {
	return &World{
		Users: map[string]*User{}, Orgs: map[string]*Org{}, Projects: map[string]*Project{}, Objects: map[string]*Object{},
		Runs: map[string]*Run{}, Apps: map[string]*App{}, Ledger: newLedger(), Settings: s,
		tokens: map[string]*User{}, dirty: map[[2]string]any{},
	}
}

func (w *World) touch(kind, key string, entity any) { w.dirty[[2]string{kind, key}] = entity }
func (w *World) forget(kind, key string)            { w.dirty[[2]string{kind, key}] = nil }

// TouchSettings notes that the settings must be saved.
func (w *World) TouchSettings() { w.touch("settings", "", w.Settings) }

// Flush gives what changed since the last call, each entity encoded only when
// the caller asks for it, and forgets that it changed.
func (w *World) Flush() iter.Seq2[[2]string, func() ([]byte, error)] {
	dirty := w.dirty
	w.dirty = map[[2]string]any{}
	return func(yield func([2]string, func() ([]byte, error)) bool) {
		for key, entity := range dirty {
			encode := func() ([]byte, error) {
				if entity == nil {
					return nil, nil
				}
				return json.Marshal(entity)
			}
			if !yield(key, encode) {
				return
			}
		}
	}
}

// Litter gives the blobs that nothing names since the last call.
func (w *World) Litter() []string {
	litter := w.litter
	w.litter = nil
	return litter
}

// Restore takes back one saved row; Finish must follow the last.
func (w *World) Restore(kind, key string, body []byte) error {
	var err error
	switch kind {
	case "user":
		err = restore(body, w.AddUser)
	case "org":
		err = restore(body, w.AddOrg)
	case "project":
		err = restore(body, w.AddProject)
	case "object":
		err = restore(body, func(o *Object) { w.Objects[o.ID] = o })
	case "run":
		err = restore(body, func(r *Run) { w.Runs[r.ID] = r })
	case "app":
		err = restore(body, func(a *App) { w.Apps[a.ID] = a })
	case "ledger":
		err = restore(body, func(l *Ledger) { w.Ledger = l })
	case "settings":
		err = restore(body, func(s *Settings) { w.Settings = s })
	case "folder": // needs its project: see Finish
		w.dirty[[2]string{kind, key}] = struct{}{}
	}
	if err != nil {
		return fmt.Errorf("read %s %s: %w", kind, key, err)
	}
	return nil
}

func restore[T any](body []byte, keep func(*T)) error {
	entity := new(T)
	decoder := json.NewDecoder(strings.NewReader(string(body)))
	decoder.UseNumber()
	if err := decoder.Decode(entity); err != nil {
		return err
	}
	keep(entity)
	return nil
}

// Finish ties restored rows together.
func (w *World) Finish() error {
	for key := range w.dirty {
		if key[0] != "folder" {
			continue
		}
		id, path, _ := strings.Cut(key[1], "/")
		if p := w.Projects[id]; p != nil {
			w.MakeFolder(p, "/"+path)
		}
	}
	for _, o := range w.Objects {
		for _, c := range o.Copies {
			p := w.Projects[c.In]
			if p == nil || !p.HasFolder(c.Folder) {
				return fmt.Errorf("%s lies in %s of %s, which is not there", o.ID, c.Folder, c.In)
			}
			c.Object, c.Project = o, p
			w.place(c)
			w.weigh(c, 1)
			w.reschedule(c)
		}
		o.charges = w.due(o, 0)
	}
	for _, p := range w.Projects {
		if p.SponsoredUntil > 0 {
			w.schedule(p.SponsoredUntil, p.ID, "")
		}
	}
	w.dirty = map[[2]string]any{}
	return nil
}

func (w *World) reschedule(c *Copy) {
	if c.Object.State == Closing {
		w.schedule(c.Object.ClosesAt, c.Object.ID, "")
	}
	if c.Until > 0 {
		w.schedule(c.Until, c.Object.ID, c.In)
	}
}

// timer is something that time alone brings about.
type timer struct {
	at          int64
	id, project string
}

type timers []timer

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].at < t[j].at }
func (t timers) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *timers) Push(x any)        { *t = append(*t, x.(timer)) }
func (t *timers) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return last
}

func (w *World) schedule(at int64, id, project string) {
	heap.Push(&w.timers, timer{at, id, project})
}

// Advance lets everything happen that was due at an instant or before it, each
// at its own time.
func (w *World) Advance(now int64) {
	for len(w.timers) > 0 && w.timers[0].at <= now {
		due := heap.Pop(&w.timers).(timer)
		if p := w.Projects[due.id]; p != nil && p.SponsoredUntil <= due.at {
			p.Sponsor, p.SponsoredUntil = "", 0
			w.repay(p, due.at)
		}
		o := w.Objects[due.id]
		if o == nil {
			continue
		}
		if o.State == Closing && o.ClosesAt <= due.at {
			w.finishClose(o, due.at)
		}
		if c := o.CopyIn(due.project); c != nil && c.Until > 0 && c.Until <= due.at {
			w.ripe(c, due.at)
		}
	}
}

// Remember saves a row that the model itself does not read.
func (w *World) Remember(kind, key string, entity any) { w.touch(kind, key, entity) }

// Forget drops a row that the model itself does not read.
func (w *World) Forget(kind, key string) { w.forget(kind, key) }
