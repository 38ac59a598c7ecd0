package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/scope"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema/addr"
	"github.com/backstay/backstay/schema/diag"
)

// openRecord opens configuration and state for a command that only reads.
func (e *Engine) openRecord(ctx context.Context) (*loaded, *state.State, diag.List) {
	l, ds := e.load(ctx)
	if ds.HasErrors() {
		return l, nil, ds
	}
	st, more := e.openState(ctx, l.cfg, state.Options{ReadOnly: true})
	return l, st, append(ds, more...)
}

// StateList streams recorded copies in the order of source, path, destination
// and version to fn; an error of fn ends it and comes back.
func (e *Engine) StateList(ctx context.Context, r StateListRequest, fn func(iter.Seq2[record.Copy, error]) error) (diag.List, error) {
	_, st, ds := e.openRecord(ctx)
	if st == nil {
		return ds, nil
	}
	defer e.closing("state", st.Close)
	var glob *scope.Glob
	if r.Path != "" {
		g, err := scope.CompileGlob(r.Path)
		if err != nil {
			return append(ds, badGlob(r.Path, err)), nil
		}
		glob = &g
	}
	names, err := st.SourceNames(ctx)
	if err != nil {
		return append(ds, problem(err, "state_unreadable", "State cannot be read", stateAgain)), nil
	}
	names, more := chosen(names, r.Source)
	if more.HasErrors() {
		return append(ds, more...), nil
	}
	return ds, fn(func(yield func(record.Copy, error) bool) {
		for _, name := range names {
			for c, err := range st.Copies(ctx, name) {
				if err == nil && !r.wants(&c, glob) {
					continue
				}
				if !yield(c, err) || err != nil {
					return
				}
			}
		}
	})
}

func (r *StateListRequest) wants(c *record.Copy, glob *scope.Glob) bool {
	destination := r.Destination
	if a, err := addr.ParseResource(destination); err == nil && a.Kind == addr.Destination {
		destination = a.Instance()
	}
	return (glob == nil || glob.Match(c.Path)) &&
		(destination == "" || destination == c.Destination) &&
		(r.Status == "" || r.Status == string(c.Status))
}

// StateShow tells what the state is and holds.
func (e *Engine) StateShow(ctx context.Context) (*StateInfo, diag.List) {
	_, st, ds := e.openRecord(ctx)
	if st == nil {
		return nil, ds
	}
	defer e.closing("state", st.Close)
	info, err := describe(ctx, st)
	if err != nil {
		return nil, append(ds, problem(err, "state_unreadable", "State cannot be read", stateAgain))
	}
	return info, ds
}

func describe(ctx context.Context, st *state.State) (*StateInfo, error) {
	id := st.Identity()
	info := &StateInfo{
		Path: st.Path(), Lineage: id.Lineage, Serial: id.Serial,
		Copies: map[string]plan.Count{}, Heads: map[string]int64{},
	}
	totals, err := st.Totals(ctx)
	if err != nil {
		return nil, err
	}
	for _, t := range totals {
		sum := info.Copies[string(t.Status)]
		info.Copies[string(t.Status)] = plan.Count{Objects: sum.Objects + t.Copies, Bytes: sum.Bytes + t.Bytes}
	}
	if info.Holds, err = st.Holds(ctx); err != nil {
		return nil, err
	}
	heads, err := st.Heads(ctx)
	if err != nil {
		return nil, err
	}
	for name, h := range heads {
		info.Heads[name] = h.N
	}
	locked, err := st.Locked(ctx)
	if locked != nil {
		info.Lease = locked.Error()
	}
	return info, err
}

// StatePull writes the state as one database file, whole and at one moment.
func (e *Engine) StatePull(ctx context.Context, w io.Writer) diag.List {
	_, st, ds := e.openRecord(ctx)
	if st == nil {
		return ds
	}
	defer e.closing("state", st.Close)
	if err := pull(ctx, st, w); err != nil {
		ds = append(ds, problem(err, "state_unreadable", "State cannot be read", stateAgain))
	}
	return ds
}

func pull(ctx context.Context, st *state.State, w io.Writer) (err error) {
	dir, err := os.MkdirTemp(stateFolder(st.Path()), "pull-")
	if err != nil {
		return fmt.Errorf("make room for a copy of the state: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	path := filepath.Join(dir, "state.db")
	if err := st.Export(ctx, path); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(w, f)
	return errors.Join(err, f.Close())
}

// UnlockResult says whose lease was ended.
type UnlockResult struct {
	Holder string // "" if nobody held it
}

// StateUnlock ends a lease whose holder hangs, and shuts it out for good.
func (e *Engine) StateUnlock(ctx context.Context) (*UnlockResult, diag.List) {
	l, ds := e.load(ctx)
	if ds.HasErrors() {
		return nil, ds
	}
	st, more := e.openState(ctx, l.cfg, state.Options{})
	ds = append(ds, more...)
	if st == nil {
		return nil, ds
	}
	defer e.closing("state", st.Close)
	holder, err := st.ForceUnlock(ctx)
	if err != nil {
		return nil, append(ds, problem(err, "state_unwritable", "Lease could not be ended", stateAgain))
	}
	res := &UnlockResult{}
	if holder != nil {
		res.Holder = fmt.Sprintf("run %s of %s on %s (process %d)", holder.Run, holder.User, holder.Host, holder.PID)
	}
	return res, ds
}
