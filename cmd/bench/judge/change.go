package main

import (
	"fmt"
	"iter"
	"time"

	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

// asOf is the instant that all changes are judged at.
var asOf = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// pool is how many changes lie in memory at once; more come round again.
const pool = 10_000

// pooled gives changes that were made before.
func pooled(n int) iter.Seq2[*plan.Change, error] {
	made := make([]*plan.Change, min(n, pool))
	for i := range made {
		made[i] = change(i)
	}
	return func(yield func(*plan.Change, error) bool) {
		for i := range n {
			if !yield(made[i%len(made)], nil) {
				return
			}
		}
	}
}

// change makes change i of a plan: of ten, eight copy, one keeps a longer term
// and one retires. One in a thousand is one that the rules of the benchmark
// deny.
func change(i int) *plan.Change {
	path := fmt.Sprintf("runs/run-%05d/lane-%d/sample-%07d_R%d.fastq.gz", i/1000, i/100%8, i, 1+i%2)
	c := &plan.Change{
		Address: fmt.Sprintf(`backup.runs.copy.vault["%s"]`, path), Backup: "backup.runs", Copy: "vault",
		Destination: "destination.filesystem.vault", Action: plan.Copy, Reason: plan.NewObject, CopiesBefore: 1, CopiesAfter: 2,
		Object: plan.Object{
			Source: "runs", Path: path, Kind: plan.File, Size: int64(1 + i%5000), MTime: asOf.UnixNano() - int64(i), CTime: asOf.UnixNano(),
			Inode: uint64(1_000_000 + i), Dev: 66305, Mode: 0o100644, UID: 1000, GID: 1000, Nlink: 1, Class: "raw", Live: true,
		},
		After: facts(i, "written", asOf.AddDate(7, 0, 0)),
	}
	switch {
	case i%1000 == 500:
		c.Object.Class = "secret-0"
	case i%10 == 8:
		c.Action, c.Reason = plan.Tag, plan.TermRaised
		c.Before, c.After = facts(i, "verified", asOf.AddDate(1, 0, 0)), facts(i, "verified", asOf.AddDate(7, 0, 0))
		c.CopiesBefore, c.Remaining = 2, 1
	case i%10 == 9:
		c.Action, c.Reason, c.Object.Live = plan.Retire, plan.TermOver, false
		c.Before, c.After = facts(i, "verified", asOf.AddDate(-1, 0, 0)), facts(i, "retired", asOf.AddDate(-1, 0, 0))
		c.CopiesBefore, c.CopiesAfter, c.Remaining = 2, 2, 1
		c.After.RetiredAt = asOf
	}
	return c
}

func facts(i int, status string, until time.Time) *plan.CopyFacts {
	f := &plan.CopyFacts{
		Seq: 1, Status: status, Size: int64(1 + i%5000), RetainUntil: schema.UntilAt(until),
		TermReason: "keep", Claims: []string{"backup.runs/vault"}, Held: []string{},
	}
	if status != "written" {
		f.Key, f.Digest = fmt.Sprintf("runs/sample-%07d.fastq.gz", i), fmt.Sprintf("sha256:%064x", i)
		f.CopiedAt, f.VerifiedAt = asOf.AddDate(-8, 0, 0), asOf.AddDate(0, -1, 0)
	}
	return f
}
