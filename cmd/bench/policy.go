package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/backstay/backstay/cmd/internal/program"
)

// peerShare is how many times fewer changes conftest gets: it holds them all in
// memory, some ten gigabytes for a million.
const peerShare = 20

// policyRun is the policy scenario under way.
type policyRun struct {
	b        *bench
	judge    string
	conftest string
	dir      string
	made     map[string]bool // files of changes that are there
}

// policy judges the changes of a plan by rules about single changes, in memory
// and from a plan file, beside conftest with the same rules.
func (b *bench) policy(ctx context.Context, r *report) error {
	n := int64(5 * b.files)
	b.say("policy: building what judges %d changes", n)
	dir := b.fresh("policy")
	root, err := b.moduleRoot(ctx)
	if err != nil {
		return err
	}
	judge, err := program.Build(ctx, root, "cmd/bench/judge", dir)
	if err != nil {
		return err
	}
	p := &policyRun{b: b, judge: judge, conftest: b.findConftest(ctx), dir: dir, made: map[string]bool{}}
	for _, rules := range []int{11, 110} {
		if err := writeRules(p.folder(rules), rules); err != nil {
			return err
		}
		if err := p.agree(ctx, rules, max(n/peerShare/10, 1000)); err != nil {
			return err
		}
	}
	return p.measure(ctx, r, n)
}

func (b *bench) moduleRoot(ctx context.Context) (string, error) {
	got, err := b.do(ctx, program.Command{Args: []string{"go", "list", "-m", "-f", "{{.Dir}}", "github.com/backstay/backstay"}})
	return strings.TrimSpace(got.Stdout), err
}

func (p *policyRun) measure(ctx context.Context, r *report, n int64) error {
	small, large := max(n/peerShare, 1000), max(2*n/peerShare, 2000)
	rows := []policyRow{
		{"11 rules, in memory", 11, n, ours},
		{"11 rules, in memory, 2N", 11, 2 * n, ours},
		{"11 rules, plan file", 11, n, ourFile},
		{"11 rules, plan file, 2N", 11, 2 * n, ourFile},
		{"110 rules, in memory", 110, n, ours},
		{"110 rules, plan file", 110, n, ourFile},
		{"conftest, 11 rules, M", 11, small, theirs},
		{"conftest, 11 rules, 2M", 11, large, theirs},
		{"conftest, 110 rules, M", 110, small, theirs},
	}
	contenders := make([]contender, len(rows))
	for i, row := range rows {
		var err error
		if contenders[i], err = p.contender(ctx, row); err != nil {
			return err
		}
	}
	medians, err := p.b.turns(ctx, contenders)
	if err != nil {
		return err
	}
	for i := range medians {
		medians[i].count = rows[i].changes
	}
	return r.add(fmt.Sprintf("policies over %d changes (N), conftest over %d (M)", n, small), policyNote, medians, policyBars())
}

const policyNote = `the program as a whole, rules compiled included; pack safety is on beside the rules; what is in memory is 10,000 changes, over and over.
conftest ` + conftestVersion + ` reads the changes as one JSON document, which is its fastest way; what a million takes is on the line through N and 2N, M and 2M`

// policyBars hold the figures of a million changes, whatever N is.
func policyBars() []bar {
	const (
		million         = 1_000_000
		memory, memory2 = "11 rules, in memory", "11 rules, in memory, 2N"
		file, file2     = "11 rules, plan file", "11 rules, plan file, 2N"
		peer, peer2     = "conftest, 11 rules, M", "conftest, 11 rules, 2M"
	)
	return []bar{
		budget{memory, memory2, 1500 * time.Millisecond, million},
		budget{file, file2, 12 * time.Second, million},
		memoryOf(file, 100),
		cpuOf("110 rules, in memory", memory, 3),
		cpuOf("110 rules, plan file", file, 3),
		cpuOf(memory2, memory, 2.2),
		cpuOf(file2, file, 2.2),
		growth{of: file, double: file2, small: peer, large: peer2, per: million, least: 8},
		growth{of: file, double: file2, small: peer, large: peer2, per: million, least: 100, memory: true},
	}
}

// policyRow is one line of the table.
type policyRow struct {
	name    string
	rules   int
	changes int64
	how     func(*policyRun, policyRow, string) program.Command
}

func ours(p *policyRun, r policyRow, _ string) program.Command {
	return program.Command{Args: []string{p.judge, "-dir=" + p.folder(r.rules), fmt.Sprint("-changes=", r.changes)}}
}

func ourFile(p *policyRun, r policyRow, changes string) program.Command {
	return program.Command{Args: []string{p.judge, "-dir=" + p.folder(r.rules), "-plan=" + changes}}
}

func theirs(p *policyRun, r policyRow, changes string) program.Command {
	return conftestOf(p.conftest, filepath.Join(p.folder(r.rules), "conftest"), changes)
}

func (p *policyRun) contender(ctx context.Context, r policyRow) (contender, error) {
	peer, form := "", "write"
	if strings.HasPrefix(r.name, "conftest") {
		peer, form = "conftest", "json"
		p.b.peers[peer] = p.conftest != ""
	}
	if peer != "" && !p.b.peers[peer] {
		return always(r.name, peer), nil
	}
	changes, err := p.changes(ctx, form, r.changes)
	return always(r.name, peer, r.how(p, r, changes)), err
}

// changes makes a file of changes, once.
func (p *policyRun) changes(ctx context.Context, form string, n int64) (string, error) {
	file := filepath.Join(p.dir, fmt.Sprintf("changes-%d.%s", n, form))
	if p.made[file] {
		return file, nil
	}
	p.made[file] = true
	p.b.say("policy: writing %d changes", n)
	_, err := p.b.do(ctx, program.Command{Args: []string{p.judge, "-" + form + "=" + file, fmt.Sprint("-changes=", n)}})
	return file, err
}

func (p *policyRun) folder(rules int) string {
	return filepath.Join(p.dir, fmt.Sprint("rules-", rules))
}

// agree holds that every way to judge denies the same number of changes: what
// is fast and wrong is not worth a figure.
func (p *policyRun) agree(ctx context.Context, rules int, n int64) error {
	var denied []int64
	for _, how := range []func(*policyRun, policyRow, string) program.Command{ours, ourFile} {
		file, err := p.changes(ctx, "write", n)
		if err != nil {
			return err
		}
		got, err := p.b.do(ctx, how(p, policyRow{"", rules, n, nil}, file))
		if err != nil {
			return err
		}
		var v struct{ Changes, Denied int64 }
		if err := json.Unmarshal([]byte(got.Stdout), &v); err != nil || v.Changes != n {
			return fmt.Errorf("judged %d changes of %d: %w", v.Changes, n, err)
		}
		denied = append(denied, v.Denied)
	}
	if p.conftest != "" {
		file, err := p.changes(ctx, "json", n)
		if err != nil {
			return err
		}
		ask := conftestOf(p.conftest, filepath.Join(p.folder(rules), "conftest"), file, "--output=json")
		ask.Discard = false
		got, err := p.b.do(ctx, ask)
		if err != nil {
			return err
		}
		count, err := denials(got.Stdout)
		if err != nil {
			return err
		}
		denied = append(denied, count)
	}
	for _, d := range denied {
		if d == 0 || d != denied[0] {
			return fmt.Errorf("%d rules over %d changes: the ways to judge denied %v, not the same number", rules, n, denied)
		}
	}
	return nil
}
