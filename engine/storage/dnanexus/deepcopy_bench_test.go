package dnanexus

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/keymap"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
	"github.com/backstay/backstay/plan"
	"github.com/backstay/backstay/schema"
)

const (
	benchFiles = 64
	benchSize  = 8 << 20
)

// BenchmarkDeepCopy carries out a plan that copies a project into another one,
// digests, receipts, journal and catalogue included, and then moves the same
// bytes as plainly as can be: as many at a time, each by one download and one
// upload. "ratio" is the plain way's time through ours.
func BenchmarkDeepCopy(b *testing.B) {
	r := emulator(b, "seed")
	var made struct{ Project string }
	r.control("generate", map[string]any{"name": "source", "files": benchFiles, "size": benchSize, "user": "user-alice"}, &made)
	const lanes = 4
	for n := 0; b.Loop(); n++ {
		begun := time.Now()
		r.deepCopy(b, made.Project, fmt.Sprint("ours-", n), lanes)
		ours := time.Since(begun)
		begun = time.Now()
		r.plainCopy(made.Project, r.project(fmt.Sprint("plain-", n)), 2*lanes)
		plain := time.Since(begun)
		const total = benchFiles * benchSize
		b.ReportMetric(total/ours.Seconds()/1e6, "ours-MB/s")
		b.ReportMetric(total/plain.Seconds()/1e6, "plain-MB/s")
		b.ReportMetric(plain.Seconds()/ours.Seconds(), "ratio")
	}
}

func (r rig) deepCopy(b *testing.B, from, to string, lanes int) {
	ctx := b.Context()
	c := r.client()
	src, err := OpenSource(ctx, c, SourceOptions{Project: from})
	if err != nil {
		b.Fatal(err)
	}
	d := r.open(b, DestinationOptions{Project: to, Create: true})
	now := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	st, err := state.Open(ctx, filepath.Join(b.TempDir(), "state.db"), state.Options{Create: true, Now: now})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	lease, err := st.Acquire(ctx, state.Holder{Host: "h", PID: 1, Run: "r"}, now)
	if err != nil {
		b.Fatal(err)
	}
	defer lease.Release()
	const address = "destination.dnanexus.d"
	res, err := apply.Run(ctx, apply.Request{
		Run: "r", Journal: st, Clock: clock.Fixed(now), Parallelism: lanes,
		Sources: map[string]storage.Source{"s": src}, Systems: map[string]string{"s": "dnanexus"},
		Destinations: map[string]*apply.Target{address: {Name: "d", Driver: d, Keys: keymap.New(d.Abilities(), "")}},
		Changes: func(yield func(*plan.Change, error) bool) {
			for e, err := range src.List(ctx) {
				if e.Kind != storage.File && err == nil {
					continue
				}
				change := &plan.Change{
					Address: address + "/" + e.Path, Backup: "backup.b", Copy: "d", Destination: address, Action: plan.Copy, Reason: plan.NewObject,
					Object: plan.Object{Source: "s", Path: e.Path, Kind: plan.File, Size: e.Size, MTime: e.MTime, CTime: e.CTime, ID: e.ID, Live: true},
					After:  &plan.CopyFacts{Claims: []string{"backup.b/d"}, RetainUntil: schema.UntilAt(now.AddDate(1, 0, 0))},
				}
				if !yield(change, err) {
					return
				}
			}
		},
	})
	if err != nil || res.Done[plan.Copy].Objects != benchFiles {
		b.Fatalf("%+v, %v", res, err)
	}
}

// plainCopy has workers take one file after the other.
func (r rig) plainCopy(from, to string, workers int) {
	c := r.client()
	var ids []string
	for row, err := range wire.Pages[wire.Found](r.Context(), c, "system", "findDataObjects", map[string]any{"class": "file", "scope": map[string]any{"project": from}}) {
		if err != nil {
			r.Fatal(err)
		}
		ids = append(ids, row.ID)
	}
	queue := make(chan string)
	var wg sync.WaitGroup
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}
	for range workers {
		wg.Go(func() {
			buffer := bytes.NewBuffer(make([]byte, 0, benchSize+bytes.MinRead))
			for id := range queue {
				if err := r.plainFile(c, client, id, from, to, buffer); err != nil {
					r.Error(err)
				}
			}
		})
	}
	for _, id := range ids {
		queue <- id
	}
	close(queue)
	wg.Wait()
}

type place struct {
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

func (r rig) plainFile(c *wire.Client, client *http.Client, id, from, to string, buffer *bytes.Buffer) error {
	ctx := r.Context()
	var at place
	if err := c.Call(ctx, id, "download", map[string]any{"project": from}, &at); err != nil {
		return err
	}
	buffer.Reset()
	if err := at.do(ctx, client, http.MethodGet, nil, buffer); err != nil {
		return err
	}
	var made struct{ ID string }
	if err := c.Create(ctx, "file", map[string]any{"project": to, "name": id}, &made); err != nil {
		return err
	}
	sum := md5.Sum(buffer.Bytes())
	if err := c.Call(ctx, made.ID, "upload", map[string]any{"index": 1, "size": buffer.Len(), "md5": hex.EncodeToString(sum[:])}, &at); err != nil {
		return err
	}
	if err := at.do(ctx, client, http.MethodPut, buffer.Bytes(), io.Discard); err != nil {
		return err
	}
	return c.Call(ctx, made.ID, "close", nil, nil)
}

func (p place) do(ctx context.Context, client *http.Client, method string, body []byte, into io.Writer) error {
	q, err := http.NewRequestWithContext(ctx, method, p.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	for name, value := range p.Headers {
		q.Header.Set(name, value)
	}
	q.Header.Del("Content-Length")
	answer, err := client.Do(q)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s", method, answer.Status)
	}
	_, err = io.Copy(into, answer.Body)
	return err
}
