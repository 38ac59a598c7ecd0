package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"iter"
	"time"

	"github.com/backstay/backstay/engine/record"
)

// Run is one run of a command that writes. EndedAt is zero while it is open,
// or if it died.
type Run struct {
	ID           string
	Command      string
	PlanDigest   string
	ConfigDigest string
	PolicyDigest string
	AsOf         time.Time
	User         string
	Host         string
	Allow        []string // brakes that were let pass
	BaseSerial   int64    // the serial that its plan was made at
	StartedAt    time.Time
	EndedAt      time.Time
	Outcome      string           // "done", "partial", "failed", ...
	Counts       map[string]int64 // by action
}

// Baseline is what a source was when it was last applied.
type Baseline struct {
	Source      string
	Run         string
	AppliedAt   time.Time
	LiveObjects int64 // regular objects
	LiveBytes   int64
}

// RunEnd is what is recorded at the end of a run.
type RunEnd struct {
	ID        string
	EndedAt   time.Time
	Outcome   string
	Counts    map[string]int64
	Baselines []Baseline // of the sources that it applied
	// Audit is the link of the run in the log of runs, recorded in the same
	// transaction: a run has both or neither. Nil: none.
	Audit *AuditEntry
}

// Abandoned is the outcome of a run that died and was not carried on.
const Abandoned = "abandoned"

// BeginRun records that a run starts. A run that is resumed begins again under
// its id and keeps what was recorded first.
func (s *State) BeginRun(ctx context.Context, r Run) error {
	err := s.write(ctx, "begin", func(u *unit) error {
		_, err := u.tx.ExecContext(ctx, execBeginRun, r.ID, r.Command, r.PlanDigest, r.ConfigDigest, r.PolicyDigest,
			millis(r.AsOf), r.User, r.Host, string(record.AppendStrings(nil, r.Allow)), r.BaseSerial, millis(r.StartedAt))
		return err
	})
	if err != nil {
		return fmt.Errorf("begin run %s: %w", r.ID, err)
	}
	return nil
}

// EndRun records how a run ended. It fails with ErrAuditChain, and records
// nothing, if the link of the log is not the next.
func (s *State) EndRun(ctx context.Context, e RunEnd) error {
	counts, err := json.Marshal(e.Counts)
	if err != nil {
		return fmt.Errorf("end run %s: %w", e.ID, err)
	}
	err = s.write(ctx, "end", func(u *unit) error {
		if _, err := u.tx.ExecContext(ctx, execEndRun, millis(e.EndedAt), e.Outcome, string(counts), e.ID); err != nil {
			return err
		}
		for _, b := range e.Baselines {
			_, err := u.tx.ExecContext(ctx, execBaseline, b.Source, b.Run, millis(b.AppliedAt), b.LiveObjects, b.LiveBytes)
			if err != nil {
				return err
			}
		}
		if e.Audit == nil {
			return nil
		}
		return u.appendAudit(ctx, *e.Audit)
	})
	if err != nil {
		return fmt.Errorf("end run %s: %w", e.ID, err)
	}
	return nil
}

// AbandonRuns ends every run that died and that nobody can carry on: all that are
// open but the one that OpenRun gives. It returns them as they are now, the
// latest first. It is called before BeginRun, since a run of one's own is open too.
func (s *State) AbandonRuns(ctx context.Context, now time.Time) ([]Run, error) {
	var dead []Run
	err := s.write(ctx, "abandon", func(u *unit) (err error) {
		if dead, err = u.deadRuns(ctx); err != nil {
			return err
		}
		for i := range dead {
			dead[i].EndedAt, dead[i].Outcome = instant(millis(now)), Abandoned
			if _, err := u.tx.ExecContext(ctx, execAbandon, millis(now), Abandoned, dead[i].ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("abandon runs: %w", err)
	}
	return dead, nil
}

// deadRuns are the open runs but the latest apply.
func (u *unit) deadRuns(ctx context.Context) (dead []Run, err error) {
	rows, err := u.tx.QueryContext(ctx, queryOpenRuns)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	resumable := false
	for rows.Next() {
		r, err := scanRun(rows)
		if err != nil {
			return nil, err
		}
		if r.Command == "apply" && !resumable {
			resumable = true
			continue
		}
		dead = append(dead, r)
	}
	return dead, rows.Err()
}

// Runs streams all runs, the latest first.
func (s *State) Runs(ctx context.Context) iter.Seq2[Run, error] {
	return stream(ctx, s, queryRuns, nil, scanRun)
}

// Run gives a run by its id; nil if there is none.
func (s *State) Run(ctx context.Context, id string) (*Run, error) { return s.oneRun(ctx, queryRun, id) }

// LastRun is the latest run that ended; nil if none did.
func (s *State) LastRun(ctx context.Context) (*Run, error) { return s.oneRun(ctx, queryLastRun) }

// OpenRun is the latest apply that did not end: it is under way, or it died and
// can be carried on. nil if there is none. Other commands have nothing to resume.
func (s *State) OpenRun(ctx context.Context) (*Run, error) { return s.oneRun(ctx, queryOpenRun) }

func (s *State) oneRun(ctx context.Context, query string, args ...any) (*Run, error) {
	for r, err := range stream(ctx, s, query, args, scanRun) {
		if err != nil {
			return nil, fmt.Errorf("read runs: %w", err)
		}
		return &r, nil
	}
	return nil, nil
}

func scanRun(rows *sql.Rows) (r Run, err error) {
	var asOf, started, ended int64
	var allow, counts string
	err = rows.Scan(&r.ID, &r.Command, &r.PlanDigest, &r.ConfigDigest, &r.PolicyDigest, &asOf, &r.User, &r.Host,
		&allow, &r.BaseSerial, &started, &ended, &r.Outcome, &counts)
	if err != nil {
		return r, err
	}
	r.AsOf, r.StartedAt, r.EndedAt = instant(asOf), instant(started), instant(ended)
	if err := json.Unmarshal([]byte(allow), &r.Allow); err != nil {
		return r, fmt.Errorf("%w: run %s: %w", ErrDamaged, r.ID, err)
	}
	if err := json.Unmarshal([]byte(counts), &r.Counts); err != nil {
		return r, fmt.Errorf("%w: run %s: %w", ErrDamaged, r.ID, err)
	}
	return r, nil
}

// Baseline is what a source was when it was last applied; nil if it never was
// since this state was made or rebuilt.
func (s *State) Baseline(ctx context.Context, source string) (*Baseline, error) {
	for b, err := range stream(ctx, s, queryBaseline, []any{source}, scanBaseline) {
		if err != nil {
			return nil, fmt.Errorf("read the baseline of %s: %w", source, err)
		}
		return &b, nil
	}
	return nil, nil
}

func scanBaseline(rows *sql.Rows) (b Baseline, err error) {
	var at int64
	err = rows.Scan(&b.Source, &b.Run, &at, &b.LiveObjects, &b.LiveBytes)
	b.AppliedAt = instant(at)
	return b, err
}

// millis and instant are how times stand in columns: 0 is the zero time.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
