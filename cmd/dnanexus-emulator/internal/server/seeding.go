package server

import (
	"net/http"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/seed"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// Target lets the seeder fill this server's world.
func (s *Server) Target() seed.Target { return seed.Target{Edit: s.Edit, Store: s.store, IDs: s.ids} }

// controlSeed adds the files of a folder on this machine.
func (s *Server) controlSeed(r *http.Request) (any, error) {
	var in struct {
		seed.Project
		Folder string `json:"folder"`
	}
	in.User = Founder
	if given, err := posted(r, &in); err != nil || !given {
		return hash{}, err
	}
	sum, err := s.Target().Folder(in.Folder, in.Project)
	if err != nil {
		return nil, wire.InvalidInput("%v", err)
	}
	return sum, nil
}

// controlGenerate adds made-up files.
func (s *Server) controlGenerate(r *http.Request) (any, error) {
	var in struct {
		seed.Project
		seed.Made
	}
	in.User = Founder
	if given, err := posted(r, &in); err != nil || !given {
		return hash{}, err
	}
	sum, err := s.Target().Generate(in.Made, in.Project)
	if err != nil {
		return nil, wire.InvalidInput("%v", err)
	}
	return sum, nil
}
