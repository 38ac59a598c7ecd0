package server

import (
	"encoding/json"
	"io"
	"net/http"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/faults"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/ids"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// control answers the emulator's own routes, which need no token: whoever can
// reach this server may move its clock. GET reads, POST changes and reads.
func (s *Server) control(w http.ResponseWriter, r *http.Request, method string) {
	run := map[string]func(r *http.Request) (any, error){
		"clock": s.controlClock, "bill": s.controlBill, "calls": s.controlCalls, "faults": s.controlFaults,
		"settings": s.controlSettings, "users": s.controlUsers, "orgs": s.controlOrgs, "archival": s.controlArchival,
		"jobs": s.controlJobs, "seed": s.controlSeed, "generate": s.controlGenerate,
	}[method]
	if run == nil || r.Method != http.MethodGet && r.Method != http.MethodPost {
		wire.SendError(w, wire.NotFound("The route %s %s could not be found", r.Method, r.URL.Path))
		return
	}
	value, err := run(r)
	if err != nil {
		wire.SendError(w, err)
		return
	}
	body, err := wire.Encode(value)
	if err != nil {
		wire.SendError(w, wire.Internal(err))
		return
	}
	wire.Send(w, http.StatusOK, body)
}

// posted reads a POST's body into a value; unknown keys are refused, since a
// misspelt setting would be a silent one.
func posted(r *http.Request, into any) (bool, error) {
	if r.Method != http.MethodPost {
		return false, nil
	}
	decoder := json.NewDecoder(io.LimitReader(r.Body, maxBody))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return false, wire.InvalidInput("The request body cannot be read: %v", err)
	}
	return true, nil
}

// controlClock moves the time: {advance: milliseconds, freeze: boolean}.
func (s *Server) controlClock(r *http.Request) (any, error) {
	var in struct {
		Advance int64 `json:"advance"`
		Freeze  *bool `json:"freeze"`
	}
	if _, err := posted(r, &in); err != nil {
		return nil, err
	}
	if in.Advance < 0 {
		return nil, wire.InvalidInput("Expected key \"advance\" of input to be a positive number of milliseconds")
	}
	if in.Freeze != nil {
		s.clock.Freeze(*in.Freeze)
	}
	s.clock.Advance(in.Advance)
	now := int64(0)
	err := s.Edit(func(w *model.World, at int64) error {
		now = at
		if s.meta.Offset != s.clock.Offset() {
			s.meta.Offset = s.clock.Offset()
			w.Remember("meta", "", &s.meta)
		}
		return nil
	})
	return hash{"now": now, "offset": s.clock.Offset()}, err
}

// controlBill tells what everybody owes.
func (s *Server) controlBill(*http.Request) (any, error) {
	var answer hash
	err := s.Edit(func(w *model.World, now int64) error {
		lines := w.Bill(now)
		totals := map[string]float64{}
		for _, line := range lines {
			totals[line.Payer] += line.Dollars
		}
		answer = hash{"until": now, "lines": lines, "dollars": totals}
		return nil
	})
	return answer, err
}

// controlCalls tells how often each route was called; a POST starts anew.
func (s *Server) controlCalls(r *http.Request) (any, error) {
	return s.calls.read(r.Method == http.MethodPost), nil
}

// controlFaults replaces the rules: a list of them.
func (s *Server) controlFaults(r *http.Request) (any, error) {
	var rules []faults.Rule
	given, err := posted(r, &rules)
	if err != nil {
		return nil, err
	}
	for _, rule := range rules {
		if err := rule.Check(); err != nil {
			return nil, wire.InvalidInput("A fault cannot be read: %v", err)
		}
	}
	if given {
		s.faults.Replace(rules)
	}
	return s.faults.Rules(), nil
}

// controlSettings changes the settings that are named.
func (s *Server) controlSettings(r *http.Request) (any, error) {
	var answer model.Settings
	err := s.Edit(func(w *model.World, _ int64) error {
		changed := *w.Settings
		given, err := posted(r, &changed)
		if err != nil {
			return err
		}
		if !changed.Rules.Known() || len(changed.Regions) == 0 {
			return wire.InvalidInput("Expected the rules to be %q or %q, and at least one region", archival.Seed, archival.Current)
		}
		if given {
			*w.Settings = changed
			w.TouchSettings()
		}
		answer = changed
		return nil
	})
	return answer, err
}

// controlUsers adds or replaces a user and tells all of them with their tokens.
func (s *Server) controlUsers(r *http.Request) (any, error) {
	answer := []model.User{}
	err := s.Edit(func(w *model.World, _ int64) error {
		u := model.User{Licence: true}
		given, err := posted(r, &u)
		if err != nil {
			return err
		}
		if given {
			if ids.Class(u.ID) != "user" {
				return wire.InvalidInput("Expected key \"id\" of input to be user- and a name")
			}
			if u.BillTo == "" {
				u.BillTo = u.ID
			}
			if u.Token == "" {
				u.Token = s.ids.Signs(32)
			}
			w.AddUser(&u)
		}
		for _, id := range model.Sorted(w.Users) {
			answer = append(answer, *w.Users[id])
		}
		return nil
	})
	return answer, err
}

// controlOrgs adds or replaces an organisation and tells all of them.
func (s *Server) controlOrgs(r *http.Request) (any, error) {
	answer := []model.Org{}
	err := s.Edit(func(w *model.World, _ int64) error {
		o := model.Org{Licence: true, Members: map[string]model.Member{}}
		given, err := posted(r, &o)
		if err != nil {
			return err
		}
		if given {
			if ids.Class(o.ID) != "org" {
				return wire.InvalidInput("Expected key \"id\" of input to be org- and a name")
			}
			w.AddOrg(&o)
		}
		for _, id := range model.Sorted(w.Orgs) {
			answer = append(answer, *w.Orgs[id])
		}
		return nil
	})
	return answer, err
}

// controlArchival counts copies and bytes by project and state.
func (s *Server) controlArchival(*http.Request) (any, error) {
	type volume struct {
		Files int   `json:"files"`
		Bytes int64 `json:"bytes"`
	}
	answer := map[string]map[archival.State]*volume{}
	err := s.Edit(func(w *model.World, _ int64) error {
		for id, p := range w.Projects {
			states := map[archival.State]*volume{}
			p.Copies().Each(func(cp *model.Copy) bool {
				if cp.Archival == "" {
					return true
				}
				if states[cp.Archival] == nil {
					states[cp.Archival] = &volume{}
				}
				states[cp.Archival].Files++
				states[cp.Archival].Bytes += cp.Object.Size
				return true
			})
			answer[id] = states
		}
		return nil
	})
	return answer, err
}

// controlJobs tells all jobs with their tokens.
func (s *Server) controlJobs(*http.Request) (any, error) {
	rows := []hash{}
	err := s.Edit(func(w *model.World, now int64) error {
		for _, id := range model.Sorted(w.Runs) {
			if r := w.Runs[id]; r.Class == "job" {
				rows = append(rows, hash{"id": id, "token": r.Token, "state": r.State(now)})
			}
		}
		return nil
	})
	return rows, err
}
