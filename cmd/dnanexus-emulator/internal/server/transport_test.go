package server

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
)

// Test1_2RequestForm sends what the protocol allows and what it refuses.
func Test1_2RequestForm(t *testing.T) {
	r := newRig(t, archival.Seed)
	bearer := "Bearer " + r.token
	for _, c := range []struct {
		name, method, path, body, kind string
		auth                           string
		status                         int
		refusal                        string
	}{
		{"plain", "POST", "/system/whoami", "{}", "application/json", bearer, 200, ""},
		{"charset", "POST", "/system/whoami", "{}", "application/json; charset=utf-8", bearer, 200, ""},
		{"no content type", "POST", "/system/whoami", "{}", "", bearer, 200, ""},
		{"query is ignored", "POST", "/system/whoami?x=1", "{}", "", bearer, 200, ""},
		{"wrong content type", "POST", "/system/whoami", "{}", "text/plain", bearer, 400, "MalformedJSON"},
		{"empty body", "POST", "/system/greet", "", "application/json", bearer, 400, "MalformedJSON"},
		{"half a body", "POST", "/system/whoami", "{", "application/json", bearer, 400, "MalformedJSON"},
		{"two values", "POST", "/system/whoami", "{}{}", "application/json", bearer, 400, "MalformedJSON"},
		{"not a hash", "POST", "/system/whoami", "[]", "application/json", bearer, 422, "InvalidInput"},
		{"wrong token", "POST", "/system/whoami", "{}", "application/json", "Bearer nonsense", 401, "InvalidAuthentication"},
		{"not a bearer", "POST", "/system/whoami", "{}", "application/json", "Basic x", 401, "InvalidAuthentication"},
		{"PUBLIC", "POST", "/system/whoami", "{}", "application/json", "Bearer PUBLIC", 401, "InvalidAuthentication"},
		{"greet needs no token", "POST", "/system/greet", `{"client":"x","version":"1"}`, "application/json", "", 200, ""},
		{"no such method", "POST", "/system/nonsense", "{}", "application/json", bearer, 404, "ResourceNotFound"},
		{"no such class", "POST", "/thing/new", "{}", "application/json", bearer, 404, "ResourceNotFound"},
		{"GET", "GET", "/system/whoami", "", "", bearer, 404, "ResourceNotFound"},
	} {
		t.Run(c.name, func(t *testing.T) {
			headers := map[string]string{"Authorization": c.auth, "Content-Type": c.kind}
			for name, value := range headers {
				if value == "" {
					delete(headers, name)
				}
			}
			response, body := r.send(c.method, c.path, strings.NewReader(c.body), headers)
			if response.StatusCode != c.status || c.refusal != "" && !strings.Contains(string(body), `"type":"`+c.refusal+`"`) {
				t.Fatalf("status %d, %s; want %d %s", response.StatusCode, body, c.status, c.refusal)
			}
			// 1.3: what every answer carries.
			if length := response.Header.Get("Content-Length"); length != strconv.Itoa(len(body)) {
				t.Errorf("Content-Length %q for %d bytes", length, len(body))
			}
			if response.Header.Get("Content-Type") != "application/json" || response.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("headers %v", response.Header)
			}
			if response.Header.Get("X-Request-ID") == "" {
				t.Error("no X-Request-ID")
			}
		})
	}
}

// Test1_2CORS echoes origins and answers preflights of POST alone.
func Test1_2CORS(t *testing.T) {
	r := newRig(t, archival.Seed)
	for method, status := range map[string]int{"POST": 200, "GET": 404} {
		response, _ := r.send(http.MethodOptions, "/system/greet", nil, map[string]string{
			"Origin": "https://example.com", "Access-Control-Request-Method": method,
		})
		if response.StatusCode != status || response.Header.Get("Access-Control-Allow-Origin") != "https://example.com" {
			t.Errorf("preflight of %s: %d %v", method, response.StatusCode, response.Header)
		}
	}
}

// Test1_4Errors reads the envelope and the messages that name a key.
func Test1_4Errors(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	f := r.file(p, "a", "x")
	lonely := r.as("user-carol")
	r.no("/project/new", hash{}, "InvalidInput", `key "name" of input`)
	r.no("/project/new", hash{"name": "x", "protected": "yes"}, "InvalidInput", `Expected key "protected" of input to be a boolean`)
	r.no("/project/new", hash{"name": "x", "region": "moon:dark-side"}, "InvalidInput", `"region"`)
	r.no("/project-"+strings.Repeat("0", 24)+"/describe", hash{}, "ResourceNotFound", "project-")
	lonely.no("/"+p+"/describe", hash{}, "PermissionDenied", "VIEW permission required in "+p+" to perform this action")
	lonely.no("/"+f+"/describe", hash{}, "ResourceNotFound", f)
	lonely.no("/"+f+"/describe", hash{"project": p}, "ResourceNotFound", f)
	r.no("/system/findDataObjects", hash{"limit": 1001}, "InvalidInput", `"limit"`)
	r.no("/system/findDataObjects", hash{"limit": "many"}, "InvalidInput", `Expected key "limit" of input to be an integer`)
}

// Test1_5ComeBackLater answers 503 until the time has come.
func Test1_5ComeBackLater(t *testing.T) {
	r := newRig(t, archival.Seed)
	in := `{"waitUntil":` + strconv.Itoa(start+2000) + `,"setRetryAfter":true}`
	response, body := r.send(http.MethodPost, "/system/comeBackLater", strings.NewReader(in), nil)
	if response.StatusCode != 503 || response.Header.Get("Retry-After") != "2" || !strings.Contains(string(body), "ServiceUnavailable") {
		t.Fatalf("%d %v %s", response.StatusCode, response.Header, body)
	}
	r.clock.Advance(2000)
	if now := r.ok("/system/comeBackLater", json.RawMessage(in))["currentTime"]; now != float64(start+2000) {
		t.Errorf("currentTime %v", now)
	}
}

// Test1_6Nonces repeats creating calls within and after the hour.
func Test1_6Nonces(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	for _, c := range []struct {
		path  string
		first hash
		other hash
	}{
		{"/file/new", hash{"project": p}, hash{"project": p, "name": "b"}},
		{"/record/new", hash{"project": p}, hash{"project": p, "name": "b"}},
		{"/applet/new", applet(p, "a"), applet(p, "b")},
		{"/workflow/new", hash{"project": p, "stages": []any{}}, hash{"project": p, "name": "b"}},
		{"/org/new", hash{"handle": "new", "name": "N"}, hash{"handle": "newer", "name": "N"}},
	} {
		t.Run(c.path, func(t *testing.T) {
			r := *r
			r.t = t
			c.first["nonce"], c.other["nonce"] = "n-1", "n-1"
			id := r.id(c.path, c.first)
			r.clock.Advance(59 * minute)
			if again := r.id(c.path, c.first); again != id {
				t.Errorf("repeated call made %s besides %s", again, id)
			}
			r.no(c.path, c.other, "InvalidInput", "nonce")
			c.first["nonce"] = strings.Repeat("n", 129)
			r.no(c.path, c.first, "InvalidInput", `"nonce"`)
			c.first["nonce"] = "n-1"
			r.clock.Advance(2 * minute)
			if c.path != "/org/new" {
				if again := r.id(c.path, c.first); again == id {
					t.Error("after an hour the old object was given")
				}
			}
		})
	}
	twice := hash{"name": "x", "nonce": "n"}
	if first := r.id("/project/new", twice); first == r.id("/project/new", twice) {
		t.Error("project/new took a nonce")
	}
}

// Test2IDs looks at the form of identifiers.
func Test2IDs(t *testing.T) {
	r := newRig(t, archival.Seed)
	form := regexp.MustCompile(`^project-[0123456789BFGJKPQVXYZbfgjkpqvxyz]{24}$`)
	if id := r.project("one"); !form.MatchString(id) {
		t.Errorf("id %s", id)
	}
}

// Test5_1System asks the small system routes.
func Test5_1System(t *testing.T) {
	r := newRig(t, archival.Seed)
	if id := r.id("/system/whoami", hash{}); id != Founder {
		t.Errorf("whoami %s", id)
	}
	if m, ok := r.as("").ok("/system/greet", hash{"client": "x", "version": "1"})["messages"].([]any); !ok || len(m) != 0 {
		t.Error("greet has no messages")
	}
	if got := r.ok("/system/headers", hash{})["content-type"]; got != "application/json" {
		t.Errorf("headers: content-type %v", got)
	}
}

// applet is an input of applet/new.
func applet(project, name string) hash {
	return hash{
		"project": project, "name": name, "dxapi": "1.0.0", "title": "T",
		"runSpec":   hash{"interpreter": "bash", "code": "main() { :; }", "distribution": "Ubuntu", "release": "24.04", "version": "0"},
		"inputSpec": []any{}, "outputSpec": []any{},
	}
}
