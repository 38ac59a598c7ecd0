package engine

import (
	"hash/fnv"
	"iter"
	"sort"

	"github.com/backstay/backstay/engine/record"
)

// sample chooses n copies of a stream: those whose hash with a salt is smallest.
// Another salt chooses others, so that none is left out for ever. Only the chosen
// ones are held.
type sample struct {
	n    int
	salt string
	best []ranked
}

type ranked struct {
	rank uint64
	id   string
}

func (s *sample) offer(id string) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(s.salt + "\x00" + id)) // a hash takes everything
	r := ranked{h.Sum64(), id}
	i := sort.Search(len(s.best), func(i int) bool { return s.best[i].rank > r.rank })
	if i >= s.n {
		return
	}
	if len(s.best) < s.n {
		s.best = append(s.best, ranked{})
	}
	copy(s.best[i+1:], s.best[i:])
	s.best[i] = r
}

func (s *sample) chosen() map[string]bool {
	out := make(map[string]bool, len(s.best))
	for _, r := range s.best {
		out[r.id] = true
	}
	return out
}

// sampled chooses n of the copies that are wanted.
func sampled(rows iter.Seq2[record.Copy, error], n int, salt string, want func(*record.Copy) bool, id func(*record.Copy) string) (map[string]bool, error) {
	s := sample{n: n, salt: salt}
	for row, err := range rows {
		if err != nil {
			return nil, err
		}
		if want(&row) {
			s.offer(id(&row))
		}
	}
	return s.chosen(), nil
}
