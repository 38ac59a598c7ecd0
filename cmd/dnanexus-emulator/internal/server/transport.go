package server

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/ids"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// maxBody bounds the JSON of a request.
const maxBody = 64 << 20

// ServeHTTP answers one request of any kind.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Request-ID", s.requestID())
	w.Header().Set("Date", time.UnixMilli(s.clock.Now()).UTC().Format(http.TimeFormat))
	if cross(w, r) {
		return
	}
	route := routeOf(r)
	if strings.HasPrefix(route, "emulator/") {
		s.control(w, r, strings.TrimPrefix(route, "emulator/"))
		return
	}
	s.calls.add(route)
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.route(w, r, route) })
	if rule, ok := s.faults.Strike(route); ok {
		rule.Apply(w, r, next)
		return
	}
	next.ServeHTTP(w, r)
}

// requestID tells requests apart as the platform does: the instant in ms and a
// number. Clients look for that form in their own logs.
func (s *Server) requestID() string {
	return fmt.Sprintf("%013d-%d", s.clock.Now(), s.requests.Add(1)%1_000_000)
}

func (s *Server) route(w http.ResponseWriter, r *http.Request, route string) {
	switch route {
	case "upload":
		s.takePart(w, r)
		return
	case "download":
		s.giveBytes(w, r)
		return
	}
	body, err := s.answer(r)
	if err != nil {
		wire.SendError(w, err)
		return
	}
	wire.Send(w, http.StatusOK, body)
}

// cross lets pages of other origins call, and answers their preflights.
func cross(w http.ResponseWriter, r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin != "" {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Expose-Headers", "X-Request-ID, Retry-After")
		w.Header().Add("Vary", "Origin")
	}
	if r.Method != http.MethodOptions {
		return false
	}
	asked := r.Header.Get("Access-Control-Request-Method")
	if asked != http.MethodPost {
		wire.SendError(w, wire.NotFound("%s is not a method of this server", asked))
		return true
	}
	w.Header().Set("Access-Control-Allow-Methods", http.MethodPost)
	w.Header().Set("Access-Control-Allow-Headers", "Authorization, Content-Type, DNAnexus-API")
	w.Header().Set("Access-Control-Max-Age", "3600")
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return true
}

// routeOf names what a request asks for, entities by class: file-xxxx/describe.
func routeOf(r *http.Request) string {
	path := strings.TrimPrefix(r.URL.Path, "/")
	switch {
	case strings.HasPrefix(path, "U/"):
		return "upload"
	case strings.HasPrefix(path, "F/"):
		return "download"
	}
	subject, method := cut(path)
	if class := ids.Class(subjectID(subject)); class != "" {
		return class + "-xxxx/" + method
	}
	return subject + "/" + method
}

// cut parts a path into its subject and its method, its last element.
func cut(path string) (subject, method string) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return path, ""
	}
	return path[:i], path[i+1:]
}

// subjectID takes the alias off an app's name.
func subjectID(subject string) string {
	id, _, _ := strings.Cut(subject, "/")
	return id
}

// readBody gives the JSON value of a request.
func readBody(r *http.Request) (any, error) {
	if kind := r.Header.Get("Content-Type"); kind != "" {
		if media, _, err := mime.ParseMediaType(kind); err != nil || media != "application/json" {
			return nil, wire.MalformedJSON("Expected the content type to be application/json, not %q", kind)
		}
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, maxBody))
	if err != nil {
		return nil, wire.MalformedJSON("The request body cannot be read: %v", err)
	}
	value, err := wire.Decode(body)
	if errors.Is(err, io.EOF) {
		return nil, wire.MalformedJSON("The request body is empty; send {} where no input is needed")
	}
	if err != nil {
		return nil, wire.MalformedJSON("The request body is not valid JSON: %v", err)
	}
	return value, nil
}

// caller finds who sent a request, "" is nobody in particular, and the job that
// it came from, if any.
func (s *Server) caller(r *http.Request) (user string, job *model.Run, err error) {
	header := r.Header.Get("Authorization")
	if header == "" {
		return "", nil, nil
	}
	kind, token, _ := strings.Cut(header, " ")
	if !strings.EqualFold(kind, "Bearer") {
		return "", nil, wire.InvalidAuthentication("the authorization header is not a bearer token")
	}
	if token == "PUBLIC" {
		return "", nil, nil
	}
	if user := s.world.ByToken(token); user != nil && token != "" {
		return user.ID, nil, nil
	}
	if job := s.world.ByJobToken(token); job != nil && !job.Over(s.clock.Now()) {
		return job.User, job, nil
	}
	return "", nil, wire.InvalidAuthentication("the token could not be found")
}
