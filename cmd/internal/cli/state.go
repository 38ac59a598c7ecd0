package cli

import (
	"cmp"
	"context"
	"io"
	"iter"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/schema/diag"
)

type stateReader interface {
	StateList(ctx context.Context, r engine.StateListRequest, show func(iter.Seq2[record.Copy, error]) error) (diag.List, error)
	StateShow(ctx context.Context) (*engine.StateInfo, diag.List)
	StatePull(ctx context.Context, w io.Writer) diag.List
}

type stateMender interface {
	StateRebuild(ctx context.Context) (*engine.RebuildResult, diag.List)
	StateUnlock(ctx context.Context) (*engine.UnlockResult, diag.List)
}

func (c *call) stateList(a *arguments.StateList) int {
	return c.run(func(ctx context.Context) int {
		v := view.NewStateList(c.out)
		ds, err := c.open(a.Config, nil).StateList(ctx, a.Request, v.Copies)
		return c.finish(c.settle(ds), ds, cmp.Or(err, v.Result(ds)))
	})
}

func (c *call) stateShow(a *arguments.StateShow) int {
	return c.run(func(ctx context.Context) int {
		s, ds := c.open(a.Config, nil).StateShow(ctx)
		return c.finish(c.settle(ds), ds, view.NewStateShow(c.out).Result(s, ds))
	})
}

func (c *call) statePull(a *arguments.StatePull) int {
	if c.w.Stdout.Terminal {
		return c.finish(engine.Failed, diag.List{{
			Severity: diag.Error, Code: "terminal_output", Summary: "State is not for a terminal",
			Detail: "The state is a database file and would fill the screen with noise. Write it to a file: backstay state pull > FILE.",
		}}, nil)
	}
	return c.run(func(ctx context.Context) int {
		ds := c.open(a.Config, nil).StatePull(ctx, c.out)
		return c.finish(c.settle(ds), ds, nil)
	})
}

func (c *call) stateRebuild(a *arguments.StateRebuild) int {
	return c.run(func(ctx context.Context) int {
		r, ds := c.open(a.Config, view.NewProgress(c.out)).StateRebuild(ctx)
		o := engine.Failed
		if r != nil {
			o = r.Outcome
		}
		return c.finish(c.settle(ds, o), ds, view.NewRebuild(c.out).Result(r, ds))
	})
}

// stateUnlock shows who would lose the lease before it takes it away.
func (c *call) stateUnlock(a *arguments.StateUnlock) int {
	return c.run(func(ctx context.Context) int {
		v := view.NewUnlock(c.out)
		e := c.open(a.Config, nil)
		s, ds := e.StateShow(ctx)
		if s == nil || s.Lease == "" {
			return c.finish(c.settle(ds), ds, v.Result("", ds))
		}
		if !a.Force {
			c.out.Message("%s", v.Holder(s.Lease))
			if answer, ok := c.ask("Shut it out? Only \"yes\" goes on: "); answer != "yes" {
				o := engine.Declined
				if !ok {
					o = engine.Interrupted
				}
				return c.finish(c.settle(ds, o), ds, nil)
			}
		}
		r, more := e.StateUnlock(ctx)
		ds = append(ds, more...)
		holder := ""
		if r != nil {
			holder = r.Holder
		}
		return c.finish(c.settle(ds), ds, v.Result(holder, ds))
	})
}
