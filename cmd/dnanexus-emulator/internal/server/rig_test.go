package server

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/clock"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/ids"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/store"
)

const (
	start  = 1_700_000_000_000
	minute = 60 * 1000
	hours  = 60 * minute
	days   = 24 * hours
)

// rig is a server behind real HTTP, with a clock that stands still, and a
// caller.
type rig struct {
	t     *testing.T
	s     *Server
	clock *clock.Clock
	url   string
	token string
}

func newRig(t *testing.T, rules archival.Rules) *rig {
	t.Helper()
	return openRig(t, store.NewMemory(), clock.At(start), rules)
}

func openRig(t *testing.T, keep store.Store, c *clock.Clock, rules archival.Rules) *rig {
	t.Helper()
	s, err := Open(Options{Store: keep, Clock: c, IDs: ids.New([32]byte{1}), Settings: model.Defaults(rules)})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Found(""); err != nil {
		t.Fatal(err)
	}
	h := httptest.NewServer(s)
	t.Cleanup(h.Close)
	return &rig{t: t, s: s, clock: c, url: h.URL, token: s.Token(Founder)}
}

// as is the same server called by somebody else; "" has no token.
func (r *rig) as(user string) *rig {
	other := *r
	other.token = ""
	if user != "" {
		if other.token = r.s.Token(user); other.token == "" {
			r.t.Fatalf("no user %s", user)
		}
	}
	return &other
}

// send makes a request and gives the answer with its body read.
func (r *rig) send(method, path string, body io.Reader, headers map[string]string) (*http.Response, []byte) {
	r.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = r.url + path
	}
	request, err := http.NewRequestWithContext(r.t.Context(), method, path, body)
	if err != nil {
		r.t.Fatal(err)
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	if err := response.Body.Close(); err != nil {
		r.t.Fatal(err)
	}
	return response, content
}

func (r *rig) post(path string, in any) (int, map[string]any) {
	r.t.Helper()
	body, err := json.Marshal(in)
	if err != nil {
		r.t.Fatal(err)
	}
	headers := map[string]string{"Content-Type": "application/json"}
	if r.token != "" {
		headers["Authorization"] = "Bearer " + r.token
	}
	response, content := r.send(http.MethodPost, path, bytes.NewReader(body), headers)
	answer := map[string]any{}
	if err := json.Unmarshal(content, &answer); err != nil && content[0] == '{' {
		r.t.Fatalf("%s: %v in %s", path, err, content)
	}
	if content[0] == '[' {
		var list []any
		_ = json.Unmarshal(content, &list)
		answer["list"] = list
	}
	return response.StatusCode, answer
}

// ok makes a call that must succeed.
func (r *rig) ok(path string, in any) map[string]any {
	r.t.Helper()
	status, answer := r.post(path, in)
	if status != http.StatusOK {
		r.t.Fatalf("%s %v: status %d, %v", path, in, status, answer)
	}
	return answer
}

// id makes a call and gives the id of its answer.
func (r *rig) id(path string, in any) string {
	r.t.Helper()
	return text1(r.t, r.ok(path, in), "id")
}

// no makes a call that must be refused by a type, with words in the message.
func (r *rig) no(path string, in any, kind, words string) {
	r.t.Helper()
	status, answer := r.post(path, in)
	refusal, _ := answer["error"].(map[string]any)
	message, _ := refusal["message"].(string)
	if status < 400 || refusal["type"] != kind || !strings.Contains(message, words) {
		r.t.Fatalf("%s %v: status %d, %v; want %s with %q", path, in, status, answer, kind, words)
	}
	want := map[string]int{
		"MalformedJSON": 400, "InvalidAuthentication": 401, "PermissionDenied": 401, "ResourceNotFound": 404, "InvalidInput": 422,
		"InvalidState": 422, "InvalidType": 422, "ServiceUnavailable": 503, "SpendingLimitExceeded": 403,
	}[kind]
	if status != want {
		r.t.Fatalf("%s: status %d, want %d", path, status, want)
	}
}

func text1(t *testing.T, m map[string]any, key string) string {
	t.Helper()
	text, ok := m[key].(string)
	if !ok {
		t.Fatalf("no text %q in %v", key, m)
	}
	return text
}

func (r *rig) project(name string) string {
	r.t.Helper()
	return r.id("/project/new", hash{"name": name})
}

// part uploads one part.
func (r *rig) part(file string, index int, content string) {
	r.t.Helper()
	sum := md5.Sum([]byte(content))
	answer := r.ok("/"+file+"/upload", hash{"index": index, "size": len(content), "md5": hex.EncodeToString(sum[:])})
	headers := map[string]string{}
	for name, value := range answer["headers"].(map[string]any) {
		headers[name] = value.(string)
	}
	response, body := r.send(http.MethodPut, text1(r.t, answer, "url"), strings.NewReader(content), headers)
	if response.StatusCode != http.StatusOK {
		r.t.Fatalf("PUT part: %d %s", response.StatusCode, body)
	}
}

// file makes a closed file; more are further keys of file/new.
func (r *rig) file(project, name, content string, more ...hash) string {
	r.t.Helper()
	in := hash{"project": project, "name": name}
	for _, keys := range more {
		for key, value := range keys {
			in[key] = value
		}
	}
	id := r.id("/file/new", in)
	r.part(id, 1, content)
	r.ok("/"+id+"/close", hash{})
	return id
}

// state is a file's archivalState in a project.
func (r *rig) state(project, file string) string {
	r.t.Helper()
	return text1(r.t, r.ok("/"+file+"/describe", hash{"project": project, "fields": hash{"archivalState": true}}), "archivalState")
}

// get downloads by the answer of a download call.
func (r *rig) get(answer map[string]any, more map[string]string) (*http.Response, []byte) {
	r.t.Helper()
	headers := map[string]string{}
	for name, value := range answer["headers"].(map[string]any) {
		headers[name] = value.(string)
	}
	for name, value := range more {
		headers[name] = value
	}
	return r.send(http.MethodGet, text1(r.t, answer, "url"), nil, headers)
}

// ids gives the ids of an answer's results, in order.
func idsOf(answer map[string]any) []string {
	ids := []string{}
	for _, row := range answer["results"].([]any) {
		ids = append(ids, row.(map[string]any)["id"].(string))
	}
	return ids
}

// jsonOf decodes a hash; nil when it is none.
func jsonOf(body []byte) map[string]any {
	var answer map[string]any
	if err := json.Unmarshal(body, &answer); err != nil {
		return nil
	}
	return answer
}
