package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/backstay/backstay/engine/record"
)

// Words are texts that repeat in many rows: destinations, classes, reasons,
// runs, and lists of claims and holds as JSON. A row holds their ids; 0 is the empty text. Ids
// never change and words are never removed, so caches need no refreshing.

// cacheLimit bounds the caches: beyond it they start again from nothing.
const cacheLimit = 1 << 14

// wordCache knows ids of words that are committed.
type wordCache struct {
	mu  sync.Mutex
	ids map[string]int64
}

func (c *wordCache) id(word string) (int64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok := c.ids[word]
	return id, ok
}

func (c *wordCache) learn(ids map[string]int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ids == nil || len(c.ids) > cacheLimit {
		c.ids = make(map[string]int64)
	}
	maps.Copy(c.ids, ids)
}

// wordWriter gives words their ids inside one transaction. What it adds is
// learnt by the cache only after the commit.
type wordWriter struct {
	tx    *sql.Tx
	cache *wordCache
	added map[string]int64
}

func (w *wordWriter) id(ctx context.Context, word string) (int64, error) {
	if word == "" {
		return 0, nil
	}
	if id, ok := w.added[word]; ok {
		return id, nil
	}
	if id, ok := w.cache.id(word); ok {
		return id, nil
	}
	id, err := w.add(ctx, word)
	if err != nil {
		return 0, fmt.Errorf("record a word: %w", err)
	}
	if w.added == nil {
		w.added = make(map[string]int64)
	}
	w.added[word] = id
	return id, nil
}

func (w *wordWriter) add(ctx context.Context, word string) (int64, error) {
	var id int64
	err := w.tx.QueryRowContext(ctx, queryWordID, word).Scan(&id)
	if !errors.Is(err, sql.ErrNoRows) {
		return id, err
	}
	if _, err := w.tx.ExecContext(ctx, execAddWord, word); err != nil {
		return 0, err
	}
	return id, w.tx.QueryRowContext(ctx, queryWordID, word).Scan(&id)
}

// listWord is the word of a list: JSON, or empty.
func listWord(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return string(record.AppendStrings(nil, list))
}

// lastList keeps the word of one list: rows of a batch mostly have the same.
type lastList struct {
	list []string
	text string
}

func (l *lastList) word(list []string) string {
	if !slices.Equal(l.list, list) {
		l.list, l.text = list, listWord(list)
	}
	return l.text
}

// wordReader gives ids their words while one stream of rows is read, from one
// goroutine. Lists that it returns are shared between rows: nobody changes
// them.
type wordReader struct {
	find  func(id int64) (string, error)
	texts map[int64]string
	lists map[int64][]string

	known bool // whether last was filled: neighbours mostly have equal words
	ids   factWords
	last  record.Copy
}

func newWordReader(find func(id int64) (string, error)) *wordReader {
	return &wordReader{find: find, texts: make(map[int64]string), lists: make(map[int64][]string)}
}

func (r *wordReader) text(id int64) (string, error) {
	if id == 0 {
		return "", nil
	}
	if s, ok := r.texts[id]; ok {
		return s, nil
	}
	s, err := r.find(id)
	if err != nil {
		return "", fmt.Errorf("word %d: %w", id, err)
	}
	if len(r.texts) > cacheLimit {
		clear(r.texts)
	}
	r.texts[id] = s
	return s, nil
}

func (r *wordReader) list(id int64) ([]string, error) {
	if id == 0 {
		return nil, nil
	}
	if l, ok := r.lists[id]; ok {
		return l, nil
	}
	s, err := r.find(id)
	if err != nil {
		return nil, fmt.Errorf("word %d: %w", id, err)
	}
	var l []string
	if err := json.Unmarshal([]byte(s), &l); err != nil {
		return nil, fmt.Errorf("word %d is not a list: %w", id, err)
	}
	if len(r.lists) > cacheLimit {
		clear(r.lists)
	}
	r.lists[id] = l
	return l, nil
}

// fill sets the fields of a copy whose words facts names.
func (r *wordReader) fill(c *record.Copy, w factWords) error {
	if !r.known || w != r.ids {
		r.known = false
		if err := r.lookUp(w); err != nil {
			return err
		}
		r.known, r.ids = true, w
	}
	c.Destination = r.last.Destination
	c.Claims, c.Class, c.LockMode, c.Holds = r.last.Claims, r.last.Class, r.last.LockMode, r.last.Holds
	return nil
}

func (r *wordReader) lookUp(w factWords) (err error) {
	if r.last.Destination, err = r.text(w.destination); err != nil {
		return err
	}
	if r.last.Claims, err = r.list(w.claims); err != nil {
		return err
	}
	if r.last.Class, err = r.text(w.class); err != nil {
		return err
	}
	if r.last.LockMode, err = r.text(w.lockMode); err != nil {
		return err
	}
	r.last.Holds, err = r.list(w.holds)
	return err
}

// find looks a word up by id in the database.
func (s *State) find(ctx context.Context, q querier) func(int64) (string, error) {
	return func(id int64) (string, error) {
		var word string
		err := q.QueryRowContext(ctx, queryWord, id).Scan(&word)
		return word, err
	}
}
