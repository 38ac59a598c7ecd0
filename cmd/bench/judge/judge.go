package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"iter"
	"os"
	"time"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/plan/planfile"
)

// verdict is what came out: how many changes were judged, how many findings
// there were of the benchmark's rules, and how often Rego was asked.
type verdict struct {
	Changes int64 `json:"changes"`
	Denied  int64 `json:"denied"`
	Native  int64 `json:"native"`
	Rego    int64 `json:"rego"`
}

// rulesControl is the control that the benchmark's rules are.
const rulesControl = "main/deny"

// judge does what plan does with each change, and apply again.
func judge(ctx context.Context, e *policy.Engine, in iter.Seq2[*plan.Change, error]) (verdict, error) {
	var v verdict
	session, err := e.NewPlan(ctx, policy.PlanFacts{
		Now: asOf, AsOf: asOf, MaxAge: 24 * time.Hour, ConfigBound: true, PolicyBound: true, StateBound: true,
	})
	if err != nil {
		return v, err
	}
	for c, err := range in {
		if err != nil {
			return v, err
		}
		if _, err := session.Change(ctx, c); err != nil {
			return v, err
		}
		v.Changes++
	}
	r, err := session.End(ctx, &plan.Summary{}, nil)
	if err != nil {
		return v, err
	}
	for _, c := range r.Controls {
		if c.Control == rulesControl {
			v.Denied = c.Fail
		}
	}
	v.Native, v.Rego = r.Counters.Native, r.Counters.Rego
	return v, nil
}

// planned streams the changes of a plan file, which is checked whole first.
func planned(name string) (iter.Seq2[*plan.Change, error], func() error, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, file.Close, err
	}
	r, err := planfile.Open(file, info.Size())
	if err != nil {
		return nil, file.Close, err
	}
	return r.Changes(), file.Close, nil
}

func writePlan(w io.Writer, n int) error {
	out, err := planfile.NewWriter(w, plan.Header{Program: "judge", AsOf: asOf, MaxAge: 24 * time.Hour})
	if err != nil {
		return err
	}
	for i := range n {
		if err := out.Change(change(i)); err != nil {
			return err
		}
	}
	return out.Close(plan.Summary{}, nil)
}

// writeInputs writes one JSON document with all changes as rules see them, for a
// program that is asked about whole documents.
func writeInputs(w io.Writer, n int) error {
	before := `{"changes": [`
	for i := range n {
		line, err := json.Marshal(policy.ChangeInput(change(i), asOf))
		if err != nil {
			return err
		}
		if _, err := w.Write(append([]byte(before+"\n"), line...)); err != nil {
			return err
		}
		before = ","
	}
	_, err := io.WriteString(w, "\n]}\n")
	return err
}

func toFile(name string, write func(io.Writer) error) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, 1<<20)
	if err := write(out); err != nil {
		_ = file.Close()
		return err
	}
	if err := out.Flush(); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}
