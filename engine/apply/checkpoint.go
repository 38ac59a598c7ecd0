package apply

import (
	"context"
	"errors"
	"io"

	"github.com/backstay/backstay/engine/catalogue"
	"github.com/backstay/backstay/engine/internal/fault"
	"github.com/backstay/backstay/engine/internal/guard"
	"github.com/backstay/backstay/engine/state"
)

// checkpoint streams all that the state knows of the destination into one file,
// which the closing head then names: a rebuild starts from it.
func (s *site) checkpoint(ctx context.Context, n int64, end *catalogue.Head) (err error) {
	b, err := s.Driver.Begin(ctx, s.attempt(n)+"k")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Discard(context.WithoutCancel(ctx))) }()

	// Its name holds its digest, so it is staged under another one first.
	var ref catalogue.CheckpointRef
	r, w := io.Pipe()
	written := make(chan struct{})
	go func() {
		defer guard.Recover()
		defer close(written)
		var err error
		ref, err = catalogue.WriteCheckpoint(w, s.book.head, s.Name, s.r.Journal.CopiesAt(ctx, s.Name), s.r.Journal.RestAt(ctx, s.Name))
		w.CloseWithError(err)
	}()
	staged, err := b.Stage(ctx, catalogue.CheckpointPrefix+"next", r, -1)
	r.CloseWithError(context.Canceled) // ends the writer if staging failed
	<-written
	if err != nil {
		return err
	}
	if err := b.Sync(ctx); err != nil {
		return err
	}
	file := catalogue.File{Kind: state.IntentCheckpoint, Key: ref.Key, Digest: ref.Digest}
	if err := s.intendFiles(ctx, n, []catalogue.File{file}); err != nil {
		return err
	}
	if err := fault.Point("head.checkpoint"); err != nil {
		return err
	}
	if _, err := b.Commit(ctx, b.Rename(staged, ref.Key)); err != nil {
		return err
	}
	if err := b.Finish(ctx); err != nil {
		return err
	}
	end.Checkpoint, end.Segments, end.Records = &ref, 0, 0
	return nil
}
