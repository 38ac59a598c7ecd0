package server

import (
	"crypto/md5"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
)

// Test5_4Upload follows a file of two parts from open to closed.
func Test5_4Upload(t *testing.T) {
	r := newRig(t, archival.Seed)
	r.ok("/emulator/settings", hash{"closeDelay": minute})
	p := r.project("one")
	f := r.id("/file/new", hash{"project": p, "name": "x.bam", "media": "text/plain", "folder": "/new/one", "parents": true})
	first, second := strings.Repeat("a", 5<<20), "bc"
	r.no("/"+f+"/close", hash{}, "InvalidState", "no parts")
	for _, in := range []hash{{"index": 0}, {"index": 10001}, {"md5": "zz"}, {"size": int64(5<<30 + 1)}, {"size": nil}} {
		full := hash{"index": 1, "size": 1, "md5": hex.EncodeToString(make([]byte, 16))}
		for key, value := range in {
			full[key] = value
		}
		r.no("/"+f+"/upload", full, "InvalidInput", "key")
	}
	r.part(f, 2, second)
	r.part(f, 1, "too small")
	r.no("/"+f+"/close", hash{}, "InvalidState", "Part 1")
	r.part(f, 1, first)
	if got := r.ok("/"+f+"/describe", hash{}); got["state"] != "open" || got["size"] != nil || got["archivalState"] != "live" {
		t.Errorf("open file: %v", got)
	}
	r.ok("/"+f+"/close", hash{})
	r.ok("/"+f+"/close", hash{})
	if got := r.ok("/"+f+"/describe", hash{}); got["state"] != "closing" {
		t.Errorf("state %v", got["state"])
	}
	r.clock.Advance(minute)
	got := r.ok("/"+f+"/describe", hash{"parts": true})
	if got["state"] != "closed" || got["size"] != float64(5<<20+2) || got["media"] != "text/plain" || got["folder"] != "/new/one" {
		t.Errorf("closed file: %v", got)
	}
	sum := md5.Sum([]byte(second))
	part := got["parts"].(map[string]any)["2"].(map[string]any)
	if part["md5"] != hex.EncodeToString(sum[:]) || part["state"] != "complete" || part["size"] != float64(2) {
		t.Errorf("part 2: %v", part)
	}
	r.no("/"+f+"/upload", hash{"index": 3, "size": 0, "md5": hex.EncodeToString(make([]byte, 16))}, "InvalidState", "is not in the open state")
	response, body := r.get(r.ok("/"+f+"/download", hash{}), nil)
	if response.StatusCode != 200 || string(body) != first+second {
		t.Errorf("download: %d, %d bytes", response.StatusCode, len(body))
	}
}

// Test5_4EmptyFile closes a file of one empty part.
func Test5_4EmptyFile(t *testing.T) {
	r := newRig(t, archival.Seed)
	f := r.file(r.project("one"), "empty", "")
	if got := r.ok("/"+f+"/describe", hash{}); got["size"] != float64(0) || got["state"] != "closed" {
		t.Errorf("empty file: %v", got)
	}
	if response, body := r.get(r.ok("/"+f+"/download", hash{}), nil); response.StatusCode != 200 || len(body) != 0 {
		t.Errorf("download: %d %q", response.StatusCode, body)
	}
}

// Test5_4PutRefused sends parts that are not what was announced.
func Test5_4PutRefused(t *testing.T) {
	r := newRig(t, archival.Seed)
	f := r.id("/file/new", hash{"project": r.project("one")})
	sum := md5.Sum([]byte("right"))
	slot := func() string {
		return text1(t, r.ok("/"+f+"/upload", hash{"index": 1, "size": 5, "md5": hex.EncodeToString(sum[:])}), "url")
	}
	for _, c := range []struct{ name, url, body, code string }{
		{"wrong bytes", slot(), "wrong", "BadDigest"},
		{"too short", slot(), "rig", "IncompleteBody"},
		{"too long", slot(), "rightly", "IncompleteBody"},
		{"other size in the URL", strings.Replace(slot(), "/1/5/", "/1/6/", 1), "right!", "SignatureDoesNotMatch"},
	} {
		t.Run(c.name, func(t *testing.T) {
			response, body := r.send(http.MethodPut, c.url, strings.NewReader(c.body), nil)
			if response.StatusCode < 400 || !strings.Contains(string(body), "<Code>"+c.code+"</Code>") {
				t.Errorf("%d %s", response.StatusCode, body)
			}
		})
	}
	// A body of unknown length is measured as it comes.
	if response, body := r.send(http.MethodPut, slot(), io.MultiReader(strings.NewReader("rightly")), nil); response.StatusCode != 400 {
		t.Errorf("chunked: %d %s", response.StatusCode, body)
	}
	late := slot()
	r.clock.Advance(hours)
	response, body := r.send(http.MethodPut, late, strings.NewReader("right"), nil)
	if response.StatusCode != 400 || !strings.Contains(string(body), "<Message>Request has expired</Message>") {
		t.Errorf("late: %d %s", response.StatusCode, body)
	}
	r.no("/"+f+"/close", hash{}, "InvalidState", "has not been uploaded")
}

// Test5_4Download asks for ranges and for both kinds of URL.
func Test5_4Download(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q := r.project("one"), r.project("two")
	f := r.file(p, "my file.txt", "0123456789")
	plain := r.ok("/"+f+"/download", hash{"project": p})
	if again := r.ok("/"+f+"/download", hash{"project": p, "duration": 31536000}); again["url"] != plain["url"] {
		t.Errorf("the same question gave %v and %v", plain["url"], again["url"])
	}
	url := text1(t, plain, "url")
	if !strings.Contains(url, f) || !strings.Contains(url, p) {
		t.Errorf("URL %s", url)
	}
	if strings.Contains(text1(t, r.ok("/"+f+"/download", hash{}), "url"), p) {
		t.Error("a URL without a project names one")
	}
	response, body := r.get(plain, map[string]string{"Range": "bytes=2-4"})
	if response.StatusCode != 206 || string(body) != "234" || response.Header.Get("Content-Range") != "bytes 2-4/10" {
		t.Errorf("range: %d %q %v", response.StatusCode, body, response.Header)
	}
	if response, _ := r.get(plain, map[string]string{"Range": "bytes=20-"}); response.StatusCode != 416 {
		t.Errorf("range beyond the end: %d", response.StatusCode)
	}
	if response, _ := r.send(http.MethodGet, url, nil, nil); response.StatusCode != 403 {
		t.Errorf("without the headers: %d", response.StatusCode)
	}
	r.no("/"+f+"/download", hash{"project": q}, "ResourceNotFound", f)
	r.no("/"+f+"/download", hash{"project": "project-0123456789BFGJKPQVXYZbfg"}, "ResourceNotFound", "project-")

	open := r.ok("/"+f+"/download", hash{"project": p, "preauthenticated": true, "duration": 60, "filename": "x y.txt"})
	url = text1(t, open, "url")
	if !strings.HasSuffix(url, "/x%20y.txt") || open["expires"] != float64(start+minute) {
		t.Errorf("preauthenticated: %v", open)
	}
	if response, body := r.send(http.MethodGet, url, nil, nil); response.StatusCode != 200 || string(body) != "0123456789" {
		t.Errorf("preauthenticated: %d %q", response.StatusCode, body)
	}
	if response, _ := r.send(http.MethodGet, strings.Replace(url, p, q, 1), nil, nil); response.StatusCode != 403 {
		t.Errorf("forged: %d", response.StatusCode)
	}
	unnamed := text1(t, r.ok("/"+f+"/download", hash{"preauthenticated": true}), "url")
	if response, body := r.send(http.MethodGet, unnamed, nil, nil); response.StatusCode != 200 || string(body) != "0123456789" || strings.Contains(unnamed, p) {
		t.Errorf("unnamed project: %d %s", response.StatusCode, unnamed)
	}
	r.clock.Advance(minute + 1)
	if response, _ := r.send(http.MethodGet, url, nil, nil); response.StatusCode != 403 {
		t.Errorf("expired: %d", response.StatusCode)
	}
	r.ok("/"+p+"/update", hash{"downloadRestricted": true})
	r.no("/"+f+"/download", hash{"project": p}, "PermissionDenied", "restricted")
	r.ok("/"+p+"/update", hash{"externalUploadRestricted": true})
	r.no("/file/new", hash{"project": p}, "PermissionDenied", "uploads")
	o := r.id("/file/new", hash{"project": q})
	r.no("/"+o+"/download", hash{}, "InvalidState", "closed")
}

// Test5_4ListProjects names levels, and all live projects of an organisation.
func Test5_4ListProjects(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q, z := r.project("x"), r.project("y"), r.project("z")
	f := r.file(p, "a", "1")
	for _, other := range []string{q, z} {
		r.ok("/"+p+"/clone", hash{"objects": []string{f}, "project": other})
	}
	r.ok("/"+p+"/invite", hash{"invitee": "user-bob", "level": "ADMINISTER"})
	r.ok("/"+q+"/invite", hash{"invitee": "user-bob", "level": "CONTRIBUTE"})
	got := r.as("user-bob").ok("/"+f+"/listProjects", hash{"archivalInfoForOrg": "org-lab"})
	if len(got) != 3 || got[p] != "ADMINISTER" || got[q] != "CONTRIBUTE" || len(got["liveProjects"].([]any)) != 3 {
		t.Errorf("listProjects: %v", got)
	}
	if got := r.ok("/"+f+"/listProjects", hash{}); len(got) != 3 || got[z] != "ADMINISTER" {
		t.Errorf("listProjects: %v", got)
	}
	r.as("user-bob").no("/"+f+"/listProjects", hash{"archivalInfoForOrg": "org-vault"}, "PermissionDenied", "org-vault")
}
