package dnanexus

import (
	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

// Connection is how to reach the platform, and as whom. Token is a secret.
type Connection struct {
	API    string                      // URL of the server; "" as the user's settings say
	Token  string                      // "" as the user's settings say
	Lookup func(string) (string, bool) // the environment; nil: an empty one
	Home   string                      // folder in which dx keeps the user's settings; "" none
	Clock  clock.Clock                 // nil: the system's
}

// Client makes a client that is logged in. It calls nobody yet.
func (c Connection) Client() (*wire.Client, error) {
	lookup := c.Lookup
	if lookup == nil {
		lookup = func(string) (string, bool) { return "", false }
	}
	s, err := wire.ReadSettings(lookup, c.Home)
	if err != nil {
		return nil, err
	}
	if s, err = s.WithServer(c.API); err != nil {
		return nil, err
	}
	s = s.WithToken(c.Token)
	if err := s.LoggedIn(); err != nil {
		return nil, err
	}
	return wire.New(s, wire.Options{Clock: c.Clock}), nil
}
