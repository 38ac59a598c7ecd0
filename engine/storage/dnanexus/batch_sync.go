package dnanexus

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/backstay/backstay/engine/internal/guard"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

// abreast is how many files of a batch are closed at a time.
const abreast = 32

// Sync waits for all parts, closes the files, waits until the platform has
// closed them, and looks whether their keys are free. What is wrong with one
// file the calls for it tell; an error here is one of the platform.
func (b *batch) Sync(ctx context.Context) error {
	if err := errors.Join(context.Cause(ctx), b.usable()); err != nil {
		return err
	}
	b.mu.Lock()
	fresh := b.fresh
	b.fresh = nil
	b.mu.Unlock()
	if err := b.sync(ctx, fresh); err != nil {
		b.mu.Lock()
		b.fresh = append(b.fresh, fresh...)
		b.mu.Unlock()
		return err
	}
	return nil
}

func (b *batch) sync(ctx context.Context, fresh []*staged) error {
	if err := each(ctx, fresh, func(s *staged) error { return b.seal(ctx, s) }); err != nil {
		return err
	}
	if err := b.await(ctx, fresh); err != nil {
		return err
	}
	if err := b.survey(ctx, fresh); err != nil {
		return err
	}
	for _, s := range fresh {
		s.synced = true
	}
	return nil
}

// each runs do for all, some at a time, and waits; the first error is returned,
// and no more are begun after it.
func each[T any](ctx context.Context, all []T, do func(T) error) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	slots := make(chan struct{}, abreast)
	for _, one := range all {
		slots <- struct{}{}
		if ctx.Err() != nil {
			break
		}
		wg.Go(func() {
			defer guard.Recover()
			defer func() { <-slots }()
			if err := do(one); err != nil {
				stop(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// ofAll tells errors that are not about one file.
func ofAll(err error) bool {
	return errors.Is(err, storage.ErrUnreachable) || errors.Is(err, storage.ErrPermission) || errors.Is(err, storage.ErrReadOnly) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// failed tells that a file can never be a copy, which the calls for it say.
func (s *staged) failed() bool { return s.err != nil }

// seal waits for a file's parts, adds its details and closes it. Each step may
// be repeated.
func (b *batch) seal(ctx context.Context, s *staged) error {
	if s.failed() {
		return nil
	}
	file, sent, err := s.up.Wait()
	if err == nil && s.provenance != nil {
		err = b.d.c.Call(ctx, file, "setDetails", details(s.provenance), nil)
	}
	if err == nil {
		err = b.d.c.Call(ctx, file, "close", nil, nil)
	}
	if err == nil {
		s.file.ID, s.sent = file, sent
		return nil
	}
	err = fmt.Errorf("store %q: %w", s.key, err)
	if cause := context.Cause(ctx); cause != nil || ofAll(err) {
		return errors.Join(cause, err)
	}
	s.err = err
	return nil
}

// await polls until the platform has closed all files, and keeps what it then
// says of them. A platform that never closes one ends with the run.
func (b *batch) await(ctx context.Context, fresh []*staged) error {
	open := make([]*staged, 0, len(fresh))
	for _, s := range fresh {
		if s.err == nil {
			open = append(open, s)
		}
	}
	for wait := 200 * time.Millisecond; len(open) > 0; wait = min(2*wait, 10*time.Second) {
		left, err := b.stillOpen(ctx, open)
		if err != nil || len(left) == 0 {
			return err
		}
		open = left
		if err := b.d.clock.Sleep(ctx, wait); err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) stillOpen(ctx context.Context, open []*staged) ([]*staged, error) {
	ids := make([]storage.Object, len(open))
	for i, s := range open {
		ids[i].ID = s.file.ID
	}
	found, err := held(ctx, b.d.c, b.d.project, ids, "state", "size", "created", "parts")
	if err != nil {
		return nil, fmt.Errorf("ask whether files are closed: %w", err)
	}
	var left []*staged
	for _, s := range open {
		o, ok := found[s.file.ID]
		switch {
		case !ok:
			s.err = fmt.Errorf("%q vanished while it was staged: %w", s.key, storage.ErrNotExist)
		case o.State != closed:
			left = append(left, s)
		case o.Size != s.size:
			s.err = fmt.Errorf("store %q: the platform has %d bytes, %d were sent", s.key, o.Size, s.size)
		default:
			o.ID = s.file.ID
			s.file = o
		}
	}
	return left, nil
}

// Receipt compares the platform's md5 and size of every part with what was
// sent.
func (b *batch) Receipt(ctx context.Context, st storage.Staged) error {
	s, err := b.ready(ctx, st)
	if err != nil {
		return err
	}
	if len(s.file.Parts) != len(s.sent) {
		return fmt.Errorf("%q: the platform has %d parts, %d were sent", st.Key, len(s.file.Parts), len(s.sent))
	}
	for i, sent := range s.sent {
		have := s.file.Parts[strconv.Itoa(i+1)]
		if have.Size != sent.Size || !strings.EqualFold(have.MD5, sent.MD5) {
			return fmt.Errorf("%q, part %d: the platform has %d bytes with md5 %q, %d with %q were sent: %w",
				st.Key, i+1, have.Size, have.MD5, sent.Size, sent.MD5, wire.ErrDamaged)
		}
	}
	return nil
}

// survey looks which keys have other files than ours: 1,000 keys a call.
func (b *batch) survey(ctx context.Context, fresh []*staged) error {
	for len(fresh) > 0 {
		chunk := fresh[:min(len(fresh), wire.PageSize)]
		fresh = fresh[len(chunk):]
		if err := b.surveyChunk(ctx, chunk); err != nil {
			return fmt.Errorf("look whether keys are free: %w", err)
		}
	}
	return nil
}

func (b *batch) surveyChunk(ctx context.Context, chunk []*staged) error {
	names := make([]map[string]any, len(chunk))
	for i, s := range chunk {
		folder, name := placeOf(s.key)
		names[i] = map[string]any{"name": name, "folder": folder}
	}
	var answer struct {
		Results [][]wire.Found `json:"results"`
	}
	err := b.d.c.Call(ctx, "system", "resolveDataObjects", map[string]any{
		"objects": names, "project": b.d.project, "recurse": false, "visibility": "either", "describe": seen,
	}, &answer)
	if err != nil {
		return err
	}
	if len(answer.Results) != len(chunk) {
		return fmt.Errorf("resolveDataObjects answered for %d of %d names", len(answer.Results), len(chunk))
	}
	for i, s := range chunk {
		s.rivals = nil
		for _, row := range answer.Results[i] {
			row.Describe.ID = row.ID
			s.meets(row.Describe)
		}
	}
	return nil
}

// meets notes another file of the key, unless it has stepped back from it.
func (s *staged) meets(o wire.Object) {
	_, aside := o.Properties[asideProperty]
	if o.ID != s.file.ID && o.Class == "file" && !aside {
		s.rivals = append(s.rivals, o)
	}
}
