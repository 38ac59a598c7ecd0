package apply

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/backstay/backstay/engine/internal/digest"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// prepare does everything of a batch that no name depends on: sources are read
// and staged, copies that are to be verified are read.
func (w *work) prepare(ctx context.Context) error {
	rest, err := w.prepareAbreast(ctx)
	if err != nil {
		return err
	}
	for _, t := range rest {
		if err := w.prepareTask(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) prepareTask(ctx context.Context, t *task) error {
	for i := range t.steps {
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := w.prepareChange(ctx, t, t.steps[i].change); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) prepareChange(ctx context.Context, t *task, c *plan.Change) error {
	if w.s.r.Resume && t.hasDone(c, w.s.r.Run) {
		w.s.r.present(1)
		return nil
	}
	switch c.Action {
	case plan.Copy, plan.Recopy:
		if back, err := w.home(ctx, t.rows.find(c.Before), c.Reason); err != nil {
			return err
		} else if back {
			return w.verify(ctx, t, c)
		}
		if fromCopy(c) {
			return w.remake(ctx, t, c)
		}
		return w.stage(ctx, t, c)
	case plan.Recheck:
		return w.recheck(ctx, t, c)
	case plan.Adopt:
		return w.adopt(ctx, t, c)
	case plan.Verify:
		return w.verify(ctx, t, c)
	case plan.Tag, plan.Hold, plan.Release:
		return w.tag(ctx, t, c)
	case plan.Retire:
		return w.retire(t, c)
	case plan.Expire:
		return w.expire(t, c)
	case plan.Archive, plan.Unarchive:
		return w.tier(t, c)
	case plan.Revoke:
		return nil // done before
	}
	w.fail(c, "", Unsupported, fmt.Errorf("this destination cannot %s", c.Action))
	return nil
}

// sourceOf gives the open source of a change. One that could not be opened is
// gone, and its objects are skipped one by one.
func (w *work) sourceOf(c *plan.Change) (storage.Source, error) {
	if src := w.s.r.Sources[c.Object.Source]; src != nil {
		return src, nil
	}
	return nil, fmt.Errorf("source %q is not there: %w", c.Object.Source, storage.ErrNotExist)
}

// lost sorts an error of a source: an object that moved since the plan is
// skipped, anything else failed.
func (w *work) lost(c *plan.Change, err error) {
	if w.s.r.over() {
		return
	}
	if errors.Is(err, storage.ErrChanged) || errors.Is(err, storage.ErrNotExist) {
		w.s.r.skipped(w.problem(c, "", Moved, err))
		return
	}
	w.fail(c, "", Unreadable, err)
}

// retries of one object's staging when the store could not be reached.
var backoff = []time.Duration{time.Second, 5 * time.Second, 20 * time.Second}

// stage reads the source object through its digest into the destination.
func (w *work) stage(ctx context.Context, t *task, c *plan.Change) error {
	seq, err := w.nextSeq(ctx, t, c)
	if err != nil {
		return err
	}
	p := &put{op: record.OpCopy}
	p.row = record.Copy{Destination: w.s.Name, Seq: seq, Key: w.s.Keys.Key(c.Object.Source, c.Object.Path, seq)}
	if there, err := w.recognise(ctx, c, p.row); err != nil {
		w.lost(c, err)
		return nil
	} else if there != nil {
		t.adopted(c, there, w)
		return nil
	}
	for try := 0; ; try++ {
		src, err := w.stageOnce(ctx, p, c)
		if err == nil {
			break
		}
		if src {
			w.lost(c, err)
			return nil
		}
		if errors.Is(err, storage.ErrUnreachable) && try < len(backoff) {
			if err := w.s.r.Clock.Sleep(ctx, backoff[try]); err != nil {
				return err
			}
			continue
		}
		if fatal(err) {
			return err
		}
		w.fail(c, p.row.Key, Unwritten, err)
		return nil
	}
	t.put = p
	t.effect(c, func(at time.Time) []record.Event { return w.copied(t, c, p, at) })
	return nil
}

// nextSeq is the number of the object's next version: one that no version had
// before, the removed ones included.
func (w *work) nextSeq(ctx context.Context, t *task, c *plan.Change) (int, error) {
	seq := t.rows.next()
	if c.After != nil {
		seq = max(seq, c.After.Seq)
	}
	if buried, err := w.s.buried(ctx); !buried || err != nil {
		return seq, err
	}
	last, err := w.s.r.Journal.LastSeq(ctx, c.Object.Source, c.Object.Path, w.s.Name)
	return max(seq, last+1), inJournal("read versions of "+c.Object.Path, err)
}

// stageOnce tells whether an error is the source's.
func (w *work) stageOnce(ctx context.Context, p *put, c *plan.Change) (ofSource bool, err error) {
	src, err := w.sourceOf(c)
	if err != nil {
		return true, err
	}
	e := entry(&c.Object)
	content, err := src.Open(ctx, e)
	if err != nil {
		return true, err
	}
	defer content.Close()
	if err := w.begin(ctx); err != nil {
		return false, err
	}
	in := &watched{r: content, ctx: ctx, t: &w.s.r.tally}
	defer in.end()
	through, err := digest.NewReader(w.s.r.Terms.algorithm(c), in, e.Size)
	if err != nil {
		return true, err
	}
	defer through.Close()
	p.staged, err = w.store.Stage(ctx, p.row.Key, w.inParts(through, content), e.Size)
	if err != nil {
		through.Close() // so that in.err may be read
		if in.err != nil {
			return true, in.err
		}
		return false, err
	}
	return true, w.describePut(ctx, p, c, src, e, content, through)
}

// inParts tells a store that sends content in parts in which it came.
func (w *work) inParts(through digest.Reader, content storage.Content) io.Reader {
	s, ok := content.(storage.Summed)
	if !ok {
		return through
	}
	if parted, ok := storage.BatchAbility[storage.Parted](w.store); !ok || !parted.Parted() {
		return through
	}
	return struct {
		io.Reader
		storage.Summed
	}{through, s}
}

// begin opens the batch at the destination, with the first object that is staged.
func (w *work) begin(ctx context.Context) error {
	w.begun.Lock()
	defer w.begun.Unlock()
	if w.store != nil {
		return nil
	}
	b, err := w.s.Driver.Begin(ctx, w.attempt)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	w.store = b
	return nil
}

// describePut fills in the facts of what was staged, once the source is known
// to have held still.
func (w *work) describePut(ctx context.Context, p *put, c *plan.Change, src storage.Source, e storage.Entry, content storage.Content, through digest.Reader) error {
	sum, n, whole := through.Sum()
	if err := content.Unchanged(); err != nil {
		return err
	}
	if !whole || n != c.Object.Size {
		return fmt.Errorf("%d of %d bytes were read: %w", n, c.Object.Size, storage.ErrChanged)
	}
	d, err := detailsOf(ctx, src, e, content)
	if err != nil {
		return err
	}
	describe(&p.row, &c.Object, d)
	p.row.Size, p.row.Digest = n, sum
	return w.tell(ctx, p, d.Facts)
}

func detailsOf(ctx context.Context, src storage.Source, e storage.Entry, content storage.Content) (storage.Details, error) {
	if d, ok := content.(storage.Detailed); ok {
		return d.Details()
	}
	return src.Details(ctx, e)
}

// watched is a source's content: it remembers a failure, shows the progress of
// large objects, and ends when the run does.
type watched struct {
	r    io.Reader
	ctx  context.Context
	t    *tally
	flow int64
	err  error
}

// largeRead is the read from which an object's progress is shown before it is
// done.
const largeRead = 128 << 10

func (r *watched) Read(p []byte) (int, error) {
	if err := context.Cause(r.ctx); err != nil {
		r.err = err
		return 0, err
	}
	n, err := r.r.Read(p)
	if err != nil && err != io.EOF {
		r.err = err
	}
	if n >= largeRead {
		r.flow += int64(n)
		r.t.flow(int64(n))
	}
	return n, err
}

// end takes the progress back: the object counts as done once it is recorded.
func (r *watched) end() { r.t.flow(-r.flow) }

// reread proves what was staged.
func (w *work) reread(ctx context.Context) error {
	for _, t := range w.tasks {
		p := t.put
		if p == nil {
			continue
		}
		if err := context.Cause(ctx); err != nil {
			return err
		}
		how, err := w.prove(ctx, p)
		switch {
		case err == nil:
			p.whole, p.method = true, how
		case fatal(err):
			return err
		default:
			w.fail(t.moving, p.row.Key, Mismatch, err)
			t.put = nil
		}
	}
	return nil
}

func (w *work) rereadOne(ctx context.Context, p *put) error {
	r, err := w.store.Reread(ctx, p.staged)
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	defer r.Close()
	return compare(r, p.row.Digest, p.row.Size)
}

// compare reads all of r and tells whether it is what digest and size say.
func compare(r io.Reader, want string, size int64) error {
	got, n, err := digest.Of(digest.Algorithm(want), r)
	switch {
	case err != nil:
		return fmt.Errorf("read back: %w", err)
	case n != size || got != want:
		return fmt.Errorf("%w: %d bytes with %s, not %d with %s", errMismatch, n, got, size, want)
	}
	return nil
}

// errMismatch says that content was read whole and is not what it should be.
var errMismatch = errors.New("content differs")

// method is how a read-back is named in evidence.
func method(d storage.Destination) string {
	if d.Abilities().UncachedRead {
		return "read-back"
	}
	return "read-back-cached"
}

// hasDone tells, on a resumed plan, whether the state has a change as done. A
// recheck leaves no other trace than the run that it was done in: the facts of
// the row may have been equal before.
func (t *task) hasDone(c *plan.Change, run string) bool {
	switch c.Action {
	case plan.Recheck:
		return slices.ContainsFunc(t.rows, func(r record.Copy) bool {
			return r.Current() && r.Status == record.Verified && r.Run == run && sameObject(&r, &c.Object)
		})
	case plan.Copy:
		return slices.ContainsFunc(t.rows, func(r record.Copy) bool {
			return r.Current() && r.Status == record.Verified && sameObject(&r, &c.Object)
		})
	case plan.Recopy:
		if fromCopy(c) {
			return t.remade(c)
		}
		return slices.ContainsFunc(t.rows, func(r record.Copy) bool {
			return r.Current() && r.Status == record.Verified && sameObject(&r, &c.Object) && (c.Before == nil || r.Seq > c.Before.Seq)
		})
	case plan.Adopt:
		return c.From != "" && slices.ContainsFunc(t.rows, func(r record.Copy) bool {
			return r.Current() && r.Status == record.Verified && sameObject(&r, &c.Object)
		})
	case plan.Expire:
		return t.rows.find(c.Before) == nil
	case plan.Archive, plan.Unarchive:
		row := t.rows.find(c.Before)
		return row != nil && c.After != nil && came(c.Action, storage.Tier(row.Tier))
	case plan.Retire:
		row := t.rows.find(c.Before)
		return row == nil || row.Status == record.Retired
	}
	return false // recorded again, which changes nothing
}

func sameObject(r *record.Copy, o *plan.Object) bool {
	return r.Size == o.Size && r.MTime == o.MTime && r.CTime == o.CTime && r.Inode == o.Inode && r.SourceID == o.ID
}
