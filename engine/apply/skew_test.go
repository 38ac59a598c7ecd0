package apply_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/backstay/backstay/engine/apply"
	"github.com/backstay/backstay/engine/storage"
	"github.com/backstay/backstay/plan"
)

// timed is a destination that tells the time.
type timed struct {
	storage.Destination
	skew  time.Duration
	err   error
	asked int
}

func (d *timed) Skew(context.Context) (time.Duration, error) {
	d.asked++
	return d.skew, d.err
}

func TestNothingIsRemovedWhileClocksDiffer(t *testing.T) {
	w := oldVersion(t)
	w.clock.Advance(30 * day)
	d := &timed{Destination: w.targets[one].Driver}
	w.targets[one].Driver = d
	expire := w.about(plan.Expire, plan.QuarantineOver, w.rows("one", "a")[0])
	for want, skew := range map[string]time.Duration{"6m0s apart": 6 * time.Minute, "6m1s apart": -361 * time.Second} {
		d.skew = skew
		res := w.apply(expire)
		if res.Failed != 1 || res.Problems[0].What != apply.Refused || !strings.Contains(res.Problems[0].Detail, want) {
			t.Errorf("want %q: %+v", want, res)
		}
	}
	d.skew, d.err = 0, errors.New("no answer")
	if res := w.apply(expire); res.Failed != 1 || !strings.Contains(res.Problems[0].Detail, "no answer") {
		t.Errorf("a time that nobody knows: %+v", res)
	}
	d.skew, d.err, d.asked = -4*time.Minute, nil, 0
	if res := w.apply(expire); res.Done[plan.Expire].Objects != 1 || d.asked != 1 {
		t.Errorf("asked %d times: %+v", d.asked, res)
	}
}
