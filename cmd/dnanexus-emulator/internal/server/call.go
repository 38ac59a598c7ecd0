package server

import (
	"net/http"
	"strings"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/ids"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// hash is a JSON object of an answer.
type hash = map[string]any

// handler answers one method. It checks everything before it changes anything.
type handler func(c *call) (any, error)

// call is one API call while the lock is held.
type call struct {
	s       *Server
	w       *model.World
	request *http.Request
	user    string     // "" is nobody in particular
	job     *model.Run // that the call came from, or nil
	subject string
	method  string
	raw     any // the body, where it need not be a hash
	in      *wire.Input
	now     int64
	names   map[*model.Folder]map[string][]*model.Copy // see byName
}

// answer runs an API call and gives the body of its answer.
func (s *Server) answer(r *http.Request) ([]byte, error) {
	subject, method := cut(strings.TrimPrefix(r.URL.Path, "/"))
	run := find(subject, method)
	if r.Method != http.MethodPost || run == nil {
		return nil, wire.NotFound("The route %s %s could not be found", r.Method, r.URL.Path)
	}
	raw, err := readBody(r)
	if err != nil {
		return nil, err
	}
	keys, isHash := raw.(map[string]any)
	if !isHash && method != "setDetails" {
		return nil, wire.InvalidInput("input is not a hash")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	s.world.Advance(now)
	user, job, err := s.caller(r)
	if err != nil {
		return nil, err
	}
	c := &call{
		s: s, w: s.world, request: r, user: user, job: job, subject: subject, method: method, raw: raw, in: wire.Of(keys), now: now,
	}
	return c.finish(run)
}

// finish answers a call and saves what it changed.
func (c *call) finish(run handler) ([]byte, error) {
	body, err := c.once(func() ([]byte, error) {
		value, err := run(c)
		if err == nil {
			err = c.in.Err()
		}
		if err != nil {
			return nil, err
		}
		return wire.Encode(value)
	})
	if failed := c.s.commit(); failed != nil {
		return nil, wire.Internal(failed)
	}
	return body, err
}

// find looks a method up by the class of its subject.
func find(subject, method string) handler {
	if methods := collections[subject]; methods != nil {
		return methods[method]
	}
	id, alias, versioned := strings.Cut(subject, "/")
	class := ids.Class(id)
	if versioned && (class != "app" || alias == "" || strings.Contains(alias, "/")) {
		return nil
	}
	if run := entities[class][method]; run != nil {
		return run
	}
	if ids.Data(class) {
		return entities["data"][method]
	}
	return nil
}

// known refuses nobody in particular.
func (c *call) known() error {
	if c.user == "" {
		return wire.InvalidAuthentication("this call needs an authentication token")
	}
	return nil
}

// project finds the subject of a project route, and refuses a wrong input or a
// level that is too low.
func (c *call) project(level model.Level) (*model.Project, error) {
	p, err := c.w.Require(c.user, c.subject, level)
	if err != nil {
		return nil, err
	}
	return p, c.in.Err()
}

// folderKey reads a folder's path, cleaned.
func (c *call) folderKey(key, otherwise string) string {
	path, err := model.CleanFolder(key, c.in.Text(key, otherwise))
	if err != nil {
		c.in.Fail(err)
	}
	return path
}
