// Package server speaks the platform's HTTP API: requests go in, are counted,
// spoilt where a fault asks for it, authenticated, checked key by key, and
// answered from the model; what changed is saved before the answer leaves. Bytes
// of files come and go by URLs that it signs itself. It never trusts an input
// and never answers a caller about what that caller may not see.
package server

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/clock"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/faults"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/ids"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/store"
)

// Options are what a server is made of.
type Options struct {
	Store    store.Store
	Clock    *clock.Clock // its offset is set from the store
	IDs      *ids.Source
	Settings *model.Settings // of a fresh world
}

// Server is the platform; it serves any number of requests at once.
type Server struct {
	mu     sync.Mutex // guards world, nonces and meta
	world  *model.World
	nonces map[string]nonce
	meta   meta

	store  store.Store
	clock  *clock.Clock
	ids    *ids.Source
	faults faults.Set
	calls  tally

	requests atomic.Int64
}

// meta is what the server itself must remember.
type meta struct {
	Secret string `json:"secret"` // signs URLs
	Offset int64  `json:"offset"` // of the clock
}

var _ http.Handler = (*Server)(nil)

// Open makes a server and loads what its store remembers.
func Open(o Options) (*Server, error) {
	s := &Server{
		world: model.New(o.Settings), nonces: map[string]nonce{}, store: o.Store, clock: o.Clock, ids: o.IDs,
	}
	for row, err := range o.Store.Load() {
		if err == nil {
			err = s.load(row)
		}
		if err != nil {
			return nil, fmt.Errorf("load the store: %w", err)
		}
	}
	if err := s.world.Finish(); err != nil {
		return nil, fmt.Errorf("load the store: %w", err)
	}
	s.clock.Advance(s.meta.Offset)
	if s.meta.Secret == "" {
		s.meta.Secret = s.ids.Secret()
		s.world.Remember("meta", "", &s.meta)
	}
	s.world.TouchSettings()
	return s, s.commit()
}

func (s *Server) load(row store.Row) error {
	switch row.Kind {
	case "meta":
		return json.Unmarshal(row.Body, &s.meta)
	case "nonce":
		var n nonce
		err := json.Unmarshal(row.Body, &n)
		s.nonces[row.Key] = n
		return err
	}
	return s.world.Restore(row.Kind, row.Key, row.Body)
}

// Edit lets a caller in this process change the world directly, and saves it.
func (s *Server) Edit(change func(w *model.World, now int64) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	s.world.Advance(now)
	if err := change(s.world, now); err != nil {
		return err
	}
	return s.commit()
}

// Store is where the bytes of parts are kept.
func (s *Server) Store() store.Store { return s.store }

// IDs makes the identifiers.
func (s *Server) IDs() *ids.Source { return s.ids }

// commit saves what changed; the lock is held.
func (s *Server) commit() error {
	changed := s.world.Flush()
	if f, ok := s.store.(store.Forgetful); !ok || !f.Forgets() {
		var rows []store.Row
		for key, encode := range changed {
			body, err := encode()
			if err != nil {
				return fmt.Errorf("encode %s %s: %w", key[0], key[1], err)
			}
			rows = append(rows, store.Row{Kind: key[0], Key: key[1], Body: body})
		}
		slices.SortFunc(rows, func(a, b store.Row) int { return strings.Compare(a.Kind+" "+a.Key, b.Kind+" "+b.Key) })
		if err := s.save(rows); err != nil {
			return err
		}
	}
	for _, blob := range s.world.Litter() {
		if err := s.store.Drop(blob); err != nil {
			return fmt.Errorf("drop the bytes of a removed file: %w", err)
		}
	}
	return nil
}

func (s *Server) save(rows []store.Row) error {
	if len(rows) == 0 {
		return nil
	}
	return s.store.Save(rows)
}

// openPart finds a part's bytes.
func (s *Server) openPart(p model.Part) (store.Blob, error) {
	if p.Blob == "" {
		return store.Generated{Seed: p.Seed, Size: p.Size}, nil
	}
	blob, err := s.store.Open(p.Blob)
	if err != nil {
		return nil, fmt.Errorf("open part %d: %w", p.Index, err)
	}
	return blob, nil
}
