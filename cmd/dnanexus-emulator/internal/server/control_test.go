package server

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/clock"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/store"
)

// lines reads the bill as payer + " " + purpose to dollars.
func (r *rig) lines() map[string]float64 {
	r.t.Helper()
	lines := map[string]float64{}
	_, body := r.send(http.MethodGet, "/emulator/bill", nil, nil)
	for _, raw := range jsonOf(body)["lines"].([]any) {
		line := raw.(map[string]any)
		lines[line["billTo"].(string)+" "+line["for"].(string)] += line["dollars"].(float64)
	}
	return lines
}

// gigabytes is a project of one made-up file of 10 GB.
func (r *rig) gigabytes(name, billTo, region string) string {
	r.t.Helper()
	made := r.ok("/emulator/generate", hash{"name": name, "billTo": billTo, "region": region, "files": 1, "size": 10 << 30})
	return text1(r.t, made, "project")
}

// Test6_4Billing follows one volume of 10 GB through the months.
func Test6_4Billing(t *testing.T) {
	for _, c := range []struct {
		region string
		early  float64 // dollars for coming back after 30 days
	}{
		{"aws:us-east-1", 10 * 0.006 * 60 / 30},
		{"azure:westus", 10 * 0.006 * 150 / 30},
	} {
		t.Run(c.region, func(t *testing.T) {
			r := newRig(t, archival.Current)
			p, q := r.gigabytes("one", "org-lab", c.region), r.id("/project/new", hash{"name": "two", "region": c.region})
			f := idsOf(r.ok("/system/findDataObjects", hash{"scope": hash{"project": p}}))[0]
			near := func(line string, want float64) {
				t.Helper()
				if got := r.lines()[line]; math.Abs(got-want) > 1e-9 {
					t.Errorf("%s: %g dollars, want %g", line, got, want)
				}
			}
			r.ok("/"+p+"/clone", hash{"objects": []string{f}, "project": q})
			r.clock.Advance(30 * days)
			near("org-lab live", 10*0.03) // two copies, one charge
			r.ok("/"+p+"/archive", hash{"files": []string{f}})
			r.clock.Advance(30 * days)
			near("org-lab live", 2*10*0.03) // the other copy is still live
			r.ok("/"+q+"/archive", hash{"files": []string{f}})
			r.clock.Advance(30 * days)
			near("org-lab live", 2*10*0.03)
			near("org-lab archived", 10*0.006)
			got := r.ok("/"+p+"/unarchive", hash{"files": []string{f}})
			if cost := got["cost"].(float64); math.Abs(cost-1000*(10*0.02+c.early)) > 1e-6 {
				t.Errorf("cost %v thousandths", cost)
			}
			near("org-lab retrieval", 10*0.02)
			near("org-lab earlyRetrieval", c.early)
			near("org-lab archival", 0)
		})
	}
}

// Test6_4LateRetrieval: after the minimum there is no early fee.
func Test6_4LateRetrieval(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.gigabytes("one", "", "")
	r.ok("/"+p+"/archive", hash{"folder": "/"})
	r.clock.Advance(90 * days)
	if got := r.ok("/"+p+"/unarchive", hash{"folder": "/", "rate": "Bulk"}); math.Abs(got["cost"].(float64)-1000*10*0.005) > 1e-6 || got["size"] != float64(10) {
		t.Errorf("unarchive: %v", got)
	}
	if r.lines()["org-lab earlyRetrieval"] != 0 {
		t.Error("an early fee after 90 days")
	}
}

// Test6_4Egress books what was sent, to the project that was named.
func Test6_4Egress(t *testing.T) {
	r := newRig(t, archival.Seed)
	p, q := r.project("one"), r.id("/project/new", hash{"name": "two", "billTo": "org-vault"})
	f := r.file(p, "a", strings.Repeat("x", 1<<20))
	r.ok("/"+p+"/clone", hash{"objects": []string{f}, "project": q})
	r.get(r.ok("/"+f+"/download", hash{"project": q}), nil)
	r.get(r.ok("/"+f+"/download", hash{"project": q}), map[string]string{"Range": "bytes=0-524287"})
	if got, want := r.lines()["org-vault egress"], 0.09*1.5/1024; math.Abs(got-want) > 1e-12 {
		t.Errorf("egress %g dollars, want %g", got, want)
	}
	if r.lines()["org-lab egress"] != 0 {
		t.Error("the other project paid too")
	}
	// A sponsor pays for the storage and the egress of its project.
	r.ok("/"+p+"/updateSponsorship", hash{"sponsor": Founder, "sponsoredUntil": start + 30*days})
	r.get(r.ok("/"+f+"/download", hash{"project": p}), nil)
	r.clock.Advance(60 * days)
	lines := r.lines()
	if got, want := lines[Founder+" live"], 0.03/1024; math.Abs(got-want) > 1e-12 || lines[Founder+" egress"] == 0 || lines["org-lab live"] < want/2 {
		t.Errorf("sponsored: %v", lines)
	}
	if got := r.ok("/"+p+"/describe", hash{})["consumedSponsoredEgressBytes"]; got != float64(1<<20) {
		t.Errorf("sponsored egress %v bytes", got)
	}
}

// TestFaults spoils calls by rule.
func TestFaults(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	f := r.file(p, "a", "0123456789")
	rule := func(rule hash) { r.ok("/emulator/faults", []hash{rule}) }
	rule(hash{"route": "system/whoami", "action": "status", "status": 503, "retryAfter": 20, "skip": 1, "times": 1})
	r.ok("/system/whoami", hash{})
	r.no("/system/whoami", hash{}, "ServiceUnavailable", "unavailable")
	r.ok("/system/whoami", hash{})
	rule(hash{"route": "file-xxxx/*", "action": "status", "status": 429, "retryAfter": 30, "times": 1})
	response, _ := r.send(http.MethodPost, "/"+f+"/describe", strings.NewReader("{}"), map[string]string{"Authorization": "Bearer " + r.token})
	if response.StatusCode != 429 || response.Header.Get("Retry-After") != "30" {
		t.Errorf("429: %d %v", response.StatusCode, response.Header)
	}
	rule(hash{"route": "project/new", "action": "drop"})
	if err := r.raw("/project/new", `{"name":"dropped"}`); err == nil {
		t.Error("the connection was not dropped")
	}
	rule(hash{"route": "project/new", "action": "lose"})
	if err := r.raw("/project/new", `{"name":"lost"}`); err == nil {
		t.Error("the answer was not lost")
	}
	rule(hash{"route": "download", "action": "corrupt", "afterBytes": 3})
	download := r.ok("/"+f+"/download", hash{})
	if _, body := r.get(download, nil); string(body) != "0122456789" {
		t.Errorf("corrupted body %q", body)
	}
	rule(hash{"route": "download", "action": "truncate", "afterBytes": 4})
	if content, err := r.partly(download); string(content) != "0123" || err == nil {
		t.Errorf("truncated body %q, %v", content, err)
	}
	rule(hash{"route": "*", "action": "slow", "delayMillis": 1})
	if _, body := r.get(download, nil); string(body) != "0123456789" {
		t.Errorf("slow body %q", body)
	}
	r.part(r.id("/file/new", hash{"project": p}), 1, "slow")
	if got := r.ok("/emulator/faults", []hash{}); len(got["list"].([]any)) != 0 {
		t.Errorf("faults left: %v", got)
	}
	for name, want := range map[string]int{"dropped": 0, "lost": 1} {
		if got := idsOf(r.ok("/system/findProjects", hash{"name": name})); len(got) != want {
			t.Errorf("%d projects %s", len(got), name)
		}
	}
	for _, bad := range []hash{{"route": "x", "action": "explode"}, {"route": "[", "action": "drop"}, {"route": "x", "action": "status", "status": 200}} {
		r.no("/emulator/faults", []hash{bad}, "InvalidInput", "fault")
	}
}

// raw posts and tells what the connection said.
func (r *rig) raw(path, body string) error {
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodPost, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+r.token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}

// partly downloads as much as comes.
func (r *rig) partly(answer map[string]any) ([]byte, error) {
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, text1(r.t, answer, "url"), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	for name, value := range answer["headers"].(map[string]any) {
		request.Header.Set(name, value.(string))
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(response.Body)
	return content, errors.Join(err, response.Body.Close())
}

// TestCalls counts calls by route.
func TestCalls(t *testing.T) {
	r := newRig(t, archival.Seed)
	r.ok("/emulator/calls", hash{})
	p := r.project("one")
	r.file(p, "a", "1")
	r.ok("/system/findDataObjects", hash{})
	got := r.ok("/emulator/calls", hash{})
	for route, want := range map[string]float64{
		"project/new": 1, "file/new": 1, "file-xxxx/upload": 1, "upload": 1, "file-xxxx/close": 1, "system/findDataObjects": 1,
	} {
		if got[route] != want {
			t.Errorf("%s: %v calls", route, got[route])
		}
	}
	if got := r.ok("/emulator/calls", hash{}); len(got) != 0 {
		t.Errorf("not reset: %v", got)
	}
}

// TestSeed loads a real folder.
func TestSeed(t *testing.T) {
	dir := t.TempDir()
	big := strings.Repeat("0123456789abcdef", 1<<20+1)
	for name, content := range map[string]string{"a.txt": "a", "sub/empty": "", "sub/big.bin": big} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "none"), 0o755), os.Symlink("a.txt", filepath.Join(dir, "link"))); err != nil {
		t.Fatal(err)
	}
	r := newRig(t, archival.Seed)
	got := r.ok("/emulator/seed", hash{"folder": dir, "name": "seeded"})
	if got["files"] != float64(3) || got["bytes"] != float64(len(big)+1) {
		t.Errorf("seed: %v", got)
	}
	p := text1(t, got, "project")
	if folders := r.ok("/"+p+"/describe", hash{"folders": true})["folders"].([]any); len(folders) != 3 {
		t.Errorf("folders %v", folders)
	}
	f := idsOf(r.ok("/system/findDataObjects", hash{"name": "big.bin", "scope": hash{"project": p, "folder": "/sub", "recurse": false}}))[0]
	if _, body := r.get(r.ok("/"+f+"/download", hash{}), nil); string(body) != big {
		t.Errorf("%d bytes came back", len(body))
	}
	parts := r.ok("/"+f+"/describe", hash{"parts": true})["parts"].(map[string]any)
	sum := md5.Sum([]byte(big[:16<<20]))
	if len(parts) != 2 || parts["1"].(map[string]any)["md5"] != hex.EncodeToString(sum[:]) {
		t.Errorf("parts %v", parts)
	}
	r.no("/emulator/seed", hash{"folder": filepath.Join(dir, "absent"), "name": "x"}, "InvalidInput", "absent")
	r.no("/emulator/generate", hash{"name": "x", "files": -1}, "InvalidInput", "below zero")
}

// TestGenerate makes files whose bytes fit their digests.
func TestGenerate(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := text1(t, r.ok("/emulator/generate", hash{"name": "made", "files": 20, "folders": 4, "size": 1000, "days": 20}), "project")
	rows := r.ok("/system/findDataObjects", hash{"scope": hash{"project": p}, "describe": hash{"fields": hash{"parts": true, "size": true, "modified": true}}})
	if n := len(idsOf(rows)); n != 20 {
		t.Fatalf("%d files", n)
	}
	for _, raw := range rows["results"].([]any)[:3] {
		row := raw.(map[string]any)
		_, body := r.get(r.ok("/"+row["id"].(string)+"/download", hash{}), nil)
		sum := md5.Sum(body)
		described := row["describe"].(map[string]any)
		if part := described["parts"].(map[string]any)["1"].(map[string]any); part["md5"] != hex.EncodeToString(sum[:]) || described["size"] != float64(len(body)) {
			t.Errorf("%v, %d bytes", described, len(body))
		}
	}
}

// TestRestart closes a data folder and opens it again.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	openFolder := func() store.Store {
		keep, err := store.OpenFolder(dir)
		if err != nil {
			t.Fatal(err)
		}
		return keep
	}
	keep := openFolder()
	r := openRig(t, keep, clock.At(start), archival.Seed)
	p, q := r.project("one"), r.project("two")
	f := r.file(p, "a", "kept", hash{"folder": "/x", "parents": true, "properties": hash{"k": "v"}, "details": hash{"n": 1}})
	gone := r.file(p, "b", "gone")
	r.ok("/"+p+"/removeObjects", hash{"objects": []string{gone}})
	r.ok("/"+p+"/newFolder", hash{"folder": "/empty"})
	nonce := hash{"project": p, "nonce": "n"}
	record := r.id("/record/new", nonce)
	cold := r.file(q, "c", "cold")
	r.ok("/"+q+"/archive", hash{"files": []string{cold}})
	r.clock.Advance(10 * days)
	r.ok("/"+q+"/unarchive", hash{"files": []string{cold}})
	url := text1(t, r.ok("/"+f+"/download", hash{"preauthenticated": true, "duration": 60 * 60 * 24 * 365}), "url")
	r.ok("/emulator/clock", hash{"advance": hours})
	before := r.lines()
	r.ok("/emulator/settings", hash{"rules": "current"})
	token := r.token
	if err := keep.Close(); err != nil {
		t.Fatal(err)
	}

	keep = openFolder()
	r = openRig(t, keep, clock.At(start), archival.Seed)
	defer func() {
		if err := keep.Close(); err != nil {
			t.Error(err)
		}
	}()
	if r.token != token {
		t.Error("the token changed")
	}
	after := r.lines()
	for line, dollars := range before {
		if math.Abs(after[line]-dollars) > 1e-12 {
			t.Errorf("%s: %g dollars, before %g", line, after[line], dollars)
		}
	}
	got := r.ok("/"+f+"/describe", hash{"properties": true, "details": true})
	if got["folder"] != "/x" || got["properties"].(map[string]any)["k"] != "v" || got["details"].(map[string]any)["n"] != float64(1) {
		t.Errorf("file: %v", got)
	}
	if again := r.id("/record/new", nonce); again == record {
		t.Error("the nonce is more than an hour old")
	}
	r.no("/"+gone+"/describe", hash{}, "ResourceNotFound", gone)
	if folders := r.ok("/"+p+"/listFolder", hash{})["folders"].([]any); len(folders) != 2 {
		t.Errorf("folders %v", folders)
	}
	if _, body := r.send(http.MethodGet, strings.Replace(url, url[:strings.Index(url, "/F/")], r.url, 1), nil, nil); string(body) != "kept" {
		t.Errorf("the old URL gives %q", body)
	}
	if got := r.state(q, cold); got != "unarchiving" {
		t.Errorf("state %s", got)
	}
	r.clock.Advance(4 * hours)
	if got := r.state(q, cold); got != "live" {
		t.Errorf("state %s", got)
	}
	r.ok("/emulator/settings", hash{})
	if got := r.ok("/emulator/settings", hash{})["rules"]; got != "current" {
		t.Errorf("rules %v", got)
	}
}

// TestControl reads and refuses.
func TestControl(t *testing.T) {
	r := newRig(t, archival.Seed)
	if got := r.ok("/emulator/clock", hash{"advance": 5, "freeze": true}); got["now"] != float64(start+5) {
		t.Errorf("clock: %v", got)
	}
	r.no("/emulator/clock", hash{"advance": -1}, "InvalidInput", "advance")
	r.no("/emulator/clock", hash{"advnace": 1}, "InvalidInput", "advnace")
	r.no("/emulator/nonsense", hash{}, "ResourceNotFound", "nonsense")
	r.no("/emulator/settings", hash{"rules": "none"}, "InvalidInput", "seed")
	r.ok("/emulator/users", hash{"id": "user-dave", "token": "dave's"})
	r.no("/emulator/users", hash{"id": "dave"}, "InvalidInput", "user-")
	r.no("/emulator/orgs", hash{"id": "lab"}, "InvalidInput", "org-")
	if got := r.as("user-dave").id("/system/whoami", hash{}); got != "user-dave" {
		t.Errorf("whoami %s", got)
	}
	p := r.project("one")
	f := r.file(p, "a", "123")
	r.ok("/"+p+"/archive", hash{"files": []string{f}})
	got := r.ok("/emulator/archival", hash{})[p].(map[string]any)["archived"].(map[string]any)
	if got["files"] != float64(1) || got["bytes"] != float64(3) {
		t.Errorf("archival: %v", got)
	}
	r.ok("/emulator/orgs", hash{"id": "org-lab", "blocked": true, "members": hash{Founder: hash{"admin": true, "projectAccess": "ADMINISTER"}}})
	r.no("/project/new", hash{"name": "x"}, "SpendingLimitExceeded", "org-lab")
}
