package engine

import (
	"iter"
	"path/filepath"
	"strings"

	"github.com/backstay/backstay/engine/internal/sorted"
)

// othersKeys are the keys at a destination that do not tell whose copy they hold:
// the object was moved at its source since, and took the copy over. They come in
// order, one ahead, as a listing does.
type othersKeys struct {
	all  *sorted.Sorter[string]
	next func() (string, error, bool)
	stop func()
	key  string
	more bool
}

func (a *adopting) othersKeys(p *place) (*othersKeys, error) {
	o := &othersKeys{stop: func() {}, all: sorted.New(sorted.Options[string]{
		Dir: filepath.Dir(statePath(a.l.cfg)), Memory: 8 << 20, Compare: strings.Compare,
		Size:   func(s string) int64 { return int64(len(s)) + 16 },
		Append: func(dst []byte, s string) []byte { return append(dst, s...) },
		Decode: func(b []byte) (string, error) { return string(b), nil },
	})}
	keys := p.keys()
	for c, err := range a.st.CopiesAt(a.ctx, p.name) {
		if err == nil && c.Key != "" {
			if source, path, seq, bad := keys.Parse(c.Key); bad == nil && (source != c.Source || path != c.Path || seq != c.Seq) {
				err = o.all.Add(c.Key)
			}
		}
		if err != nil {
			o.close()
			return nil, err
		}
	}
	o.next, o.stop = iter.Pull2(o.all.All())
	return o, o.step()
}

func (o *othersKeys) step() (err error) {
	o.key, err, o.more = o.next()
	return err
}

// have tells whether a key is one of them. It is asked in order.
func (o *othersKeys) have(key string) (bool, error) {
	for o.more && o.key < key {
		if err := o.step(); err != nil {
			return false, err
		}
	}
	return o.more && o.key == key, nil
}

func (o *othersKeys) close() {
	o.stop()
	_ = o.all.Close() // a spill that cannot be removed is a file beside the state that nobody reads
}
