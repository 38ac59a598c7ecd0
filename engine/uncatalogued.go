package engine

import (
	"context"
	"errors"
	"strings"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/internal/digest"
	"github.com/backstay/backstay/engine/keymap"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/schema/diag"
)

// adoptUncatalogued lists each destination and records what no catalogue knows:
// copies that a run made just before it died. An object that is still at its
// source is left to the next plan, which compares it with what lies there and
// adopts it if it is equal.
func (e *Engine) adoptUncatalogued(ctx context.Context, l *loaded, res *RebuildResult) diag.List {
	w, ds := e.openWriter(ctx, l, false)
	if w == nil {
		return ds
	}
	defer w.close()
	if ds = append(ds, w.open(false)...); ds.HasErrors() {
		return ds
	}
	a := &adopting{writer: w}
	err := a.run(res)
	if err != nil {
		ds = append(ds, problem(err, "rebuild_failed", "Destination could not be listed whole", readAgain))
	}
	return ds
}

type adopting struct {
	*writer
	recorder *apply.Recorder
	events   []record.Event
}

func (a *adopting) run(res *RebuildResult) error {
	if err := a.begin(state.Run{Command: "state rebuild", ConfigDigest: a.l.cfg.Digest}); err != nil {
		return err
	}
	var err error
	if a.recorder, err = apply.NewRecorder(a.request()); err != nil {
		return err
	}
	for _, p := range a.places.list {
		if p.driver == nil {
			continue
		}
		n, err := a.place(p)
		res.Uncatalogued += n
		if err == nil && res.damagedAt(p.address) {
			err = a.recorder.Renew(a.ctx, p.name)
		}
		if err != nil {
			return err
		}
	}
	if err := a.recorder.Close(a.ctx); err != nil {
		return err
	}
	return a.end([]Outcome{Done}, nil, nil)
}

func (a *adopting) place(p *place) (n int64, err error) {
	keys, asleep := p.keys(), 0
	defer func() {
		if asleep > 0 {
			a.e.notice("%d objects at %s are in no catalogue and lie in an archive, so that they cannot be read and were not adopted. Bring them back, and rebuild again.", asleep, p.address)
		}
	}()
	for o, err := range p.driver.List(a.ctx, "") {
		if err != nil {
			return n, err
		}
		if strings.HasPrefix(o.Key, keymap.Reserved+"/") {
			continue
		}
		source, path, seq, err := keys.Parse(o.Key)
		if err != nil {
			continue // foreign, or only the catalogue could tell whose it is
		}
		found, err := a.adopt(p, o, source, path, seq)
		if errors.Is(err, storage.ErrCold) {
			asleep++
			continue // nobody can tell what it is
		}
		if err != nil {
			return n, err
		}
		if found {
			n++
		}
		if len(a.events) == catalogue.MaxEvents {
			if err := a.flush(p); err != nil {
				return n, err
			}
		}
	}
	return n, a.flush(p)
}

// adopt makes the record of one object that nobody knows.
func (a *adopting) adopt(p *place, o storage.Object, source, path string, seq int) (bool, error) {
	rows, err := a.st.Object(a.ctx, source, path)
	if err != nil {
		return false, err
	}
	for i := range rows {
		if rows[i].Destination == p.name && (rows[i].Seq == seq || rows[i].Key == o.Key) {
			return false, nil
		}
	}
	// A key does not tell whose copy it holds if another object took it over since.
	if others, err := a.st.UnderKey(a.ctx, p.name, o.Key); len(others) > 0 || err != nil {
		return false, err
	}
	if seq == 1 && a.alive(source, path, o.Size) {
		return false, nil
	}
	sum, err := a.digest(p, o)
	if err != nil {
		return false, err
	}
	now := a.e.clock.Now()
	row := &record.Copy{
		Destination: p.name, Source: source, Path: path, Seq: seq, Kind: "file", Status: record.Written,
		Key: o.Key, ID: o.ID, Size: o.Size, Digest: sum, MTime: o.MTime, CopiedAt: now.UnixMilli(),
		GoneAt: now.UnixMilli(), Run: a.runID,
	}
	a.events = append(a.events, record.Event{Op: record.OpAdopt, At: now, Run: a.runID, Copy: row})
	return true, nil
}

// alive tells whether the source holds an object that the copy may be of.
func (a *adopting) alive(source, path string, size int64) bool {
	s := sourceNamed(a.l.cfg, source)
	if s == nil {
		return false
	}
	driver, err := a.e.openSource(a.ctx, s)
	if err != nil {
		return false
	}
	defer a.e.closeSources(map[string]storage.Source{source: driver})
	content, err := driver.Open(a.ctx, storage.Entry{Path: path, Size: size})
	if err != nil {
		return errors.Is(err, storage.ErrChanged) || errors.Is(err, storage.ErrCold) // it is there, with other facts
	}
	_ = content.Close() // opened for reading
	return true
}

func (a *adopting) digest(p *place, o storage.Object) (string, error) {
	r, _, err := p.driver.Open(a.ctx, o.Key)
	if err != nil {
		return "", err
	}
	defer r.Close() // opened for reading
	sum, _, err := digest.Of(digest.SHA256, r)
	return sum, err
}

func (a *adopting) flush(p *place) error {
	if len(a.events) == 0 {
		return nil
	}
	err := a.recorder.Found(a.ctx, p.name, a.events, false)
	a.events = a.events[:0]
	return err
}
