package engine

import (
	"fmt"
	"iter"
	"strings"

	"github.com/backstay/backstay/engine/storage"
)

// remarked tells the observer, once a source was listed whole, what the listing
// met that is no error.
func (e *Engine) remarked(name string, s storage.Source, in iter.Seq2[storage.Entry, error]) iter.Seq2[storage.Entry, error] {
	r, ok := s.(storage.Remarker)
	if !ok {
		return in
	}
	return func(yield func(storage.Entry, error) bool) {
		for entry, err := range in {
			if !yield(entry, err) || err != nil {
				return
			}
		}
		for _, m := range r.Remarks() {
			e.watch.Event(Event{Kind: Notice, At: e.clock.Now(), Phase: "inventory", Address: name, Message: sentence(name, m)})
		}
	}
}

// sentence puts a remark into words: the figure, what it is, and a few examples.
func sentence(name string, m storage.Remark) string {
	text := fmt.Sprintf("source %s: %d %s", name, m.Count, m.Detail)
	if len(m.Examples) == 0 {
		return text + "."
	}
	more := ""
	if m.Count > int64(len(m.Examples)) {
		more = ", ..."
	}
	return text + " (" + strings.Join(m.Examples, ", ") + more + ")."
}
