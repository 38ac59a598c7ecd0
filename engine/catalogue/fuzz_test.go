package catalogue

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/backstay/backstay/engine/record"
)

// What decodes encodes to the same again, so nothing is read that was not
// written; and a flipped bit never gives other events.
func FuzzSegment(f *testing.F) {
	w := newWriter(f)
	c := must(NewChain(w.open("r1"), "w1"))
	f.Add(must(c.Segment([]record.Event{copyEvent("a", 1, 1), copyEvent("b", 2, 2)}))[1].Data, 20)
	f.Fuzz(func(t *testing.T, data []byte, flip int) {
		head, events, err := parseSegment(data)
		if err != nil || len(events) == 0 {
			return
		}
		again, err := encodeSegment(head, events)
		if err != nil {
			t.Fatal(err)
		}
		if _, back, err := parseSegment(again); err != nil || len(back) != len(events) {
			t.Fatal(err)
		}
		changed := bytes.Clone(data)
		changed[(flip&0xffffff)%len(changed)] ^= 1 << (flip & 7)
		if other, got, err := parseSegment(changed); err == nil && !(reflect.DeepEqual(got, events) && reflect.DeepEqual(other, head)) {
			t.Error("a flipped bit gave other events")
		}
	})
}

func FuzzHeadAndMarker(f *testing.F) {
	w := newWriter(f)
	f.Add(must(HeadFile(w.open("r1"))).Data, 7)
	f.Add(w.store[MarkerKey], 9)
	f.Fuzz(func(t *testing.T, data []byte, flip int) {
		h, headErr := parseHead("k", data, 1)
		_, markerErr := ReadMarker(t.Context(), files{MarkerKey: data})
		if headErr != nil && markerErr != nil {
			return
		}
		if headErr == nil && h.validate() != nil {
			t.Error("an invalid head was accepted")
		}
		changed := bytes.Clone(data)
		changed[(flip&0xffffff)%len(changed)] ^= 1 << (flip & 7)
		if _, err := parseHead("k", changed, 1); err == nil {
			t.Error("a head with a flipped bit was accepted")
		}
		if _, err := ReadMarker(t.Context(), files{MarkerKey: changed}); err == nil {
			t.Error("a marker with a flipped bit was accepted")
		}
	})
}

// A line's digest only counts if the line is one that somebody sealed.
func FuzzUnseal(f *testing.F) {
	f.Add([]byte(`{"a":1}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var v map[string]any
		if Unseal(body, &v) != nil {
			return
		}
		again, err := Seal(v)
		if err != nil {
			t.Fatal(err)
		}
		if err := Unseal(again, &v); err != nil {
			t.Error(err)
		}
	})
}
