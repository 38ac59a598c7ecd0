package wire

import (
	"context"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/backstay/backstay/engine/internal/clock"
	"github.com/backstay/backstay/engine/storage"
)

// Answers that the emulator does not give come from a server of these tests;
// what it does give is tested with the drivers.

const secret = "very-secret-token"

func serve(t *testing.T, answer http.HandlerFunc) (*Client, *clock.Hand) {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	settings, err := Settings{}.WithServer(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	hand := clock.Fixed(time.Unix(0, 0))
	c := New(settings.WithToken(secret), Options{Clock: hand})
	t.Cleanup(c.Close)
	return c, hand
}

func refuse(w http.ResponseWriter, status int, kind string) {
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"error":{"type":%q,"message":"no, %s"}}`, kind, secret)
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		status int
		kind   string
		is     error
		calls  int32
	}{
		{404, "ResourceNotFound", storage.ErrNotExist, 1},
		{401, "PermissionDenied", storage.ErrPermission, 1},
		{401, "InvalidAuthentication", storage.ErrPermission, 1},
		{403, "SpendingLimitExceeded", storage.ErrReadOnly, 1},
		{422, "InvalidState", nil, 1},
		{500, "InternalError", storage.ErrUnreachable, tries},
		{502, "", storage.ErrUnreachable, tries},
	} {
		t.Run(fmt.Sprint(c.status, c.kind), func(t *testing.T) {
			var calls atomic.Int32
			client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				calls.Add(1)
				if c.kind == "" {
					w.WriteHeader(c.status)
					_, _ = io.WriteString(w, "<html>bad gateway "+secret+"</html>")
					return
				}
				refuse(w, c.status, c.kind)
			})
			err := client.Call(t.Context(), "file-B00000000000000000000000", "close", nil, nil)
			var refused *Error
			if !errors.As(err, &refused) || refused.Status != c.status || c.kind != "" && !IsType(err, "x", c.kind) || IsType(err, "x") {
				t.Fatalf("error %v", err)
			}
			if c.is != nil && !errors.Is(err, c.is) || c.is == nil && errors.Is(err, storage.ErrUnreachable) || calls.Load() != c.calls {
				t.Errorf("%v after %d calls, want %v after %d", err, calls.Load(), c.is, c.calls)
			}
			if text := err.Error(); strings.Contains(text, secret) || !strings.Contains(text, "file-xxxx/close of file-B0") {
				t.Errorf("said: %s", text)
			}
		})
	}
}

// Who may be asked again is; who may not is left in doubt, and says so.
func TestLostAnswers(t *testing.T) {
	for subject, want := range map[string]int32{"system/whoami": tries, "file/new": tries, "project/new": 1, "project-xxxx/move": 1} {
		var calls atomic.Int32
		client, _ := serve(t, func(http.ResponseWriter, *http.Request) {
			calls.Add(1)
			panic(http.ErrAbortHandler)
		})
		class, method, _ := strings.Cut(subject, "/")
		err := client.Call(t.Context(), class, method, nil, nil)
		if !errors.Is(err, storage.ErrUnreachable) || errors.Is(err, ErrOutcome) != (want == 1) || calls.Load() != want {
			t.Errorf("%s: %v after %d calls, want %d", subject, err, calls.Load(), want)
		}
	}
}

// A call that did not go out is never in doubt, and is not tried for long.
func TestNobodyListens(t *testing.T) {
	client, hand := serve(t, nil)
	gone, err := Settings{}.WithServer("http://127.0.0.1:1")
	if err != nil {
		t.Fatal(err)
	}
	client.s = gone
	err = client.Call(t.Context(), "project", "new", nil, nil)
	if !errors.Is(err, storage.ErrUnreachable) || errors.Is(err, ErrOutcome) || hand.Now().Unix() > 10 {
		t.Errorf("%v after %v", err, hand.Now())
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for _, body := range []string{"", "{", `{"id":`, "<html>"} {
		client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, body) })
		if err := client.Call(t.Context(), "system", "whoami", nil, nil); !errors.Is(err, storage.ErrUnreachable) {
			t.Errorf("%q: %v", body, err)
		}
	}
	client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"id":7}`) })
	var out struct{ ID string }
	if err := client.Call(t.Context(), "system", "whoami", nil, &out); err == nil || !strings.Contains(err.Error(), "another shape") {
		t.Errorf("error %v", err)
	}
}

// Every try of one creation has the same nonce, every creation another one.
func TestNonces(t *testing.T) {
	var seen []string
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var in struct{ Nonce string }
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in.Nonce) == 0 || len(in.Nonce) > 128 {
			t.Errorf("nonce %q, %v", in.Nonce, err)
		}
		seen = append(seen, in.Nonce)
		if len(seen)%2 == 1 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(w, "{}")
	})
	for range 2 {
		in := map[string]any{"name": "x"}
		if err := client.Create(t.Context(), "file", in, nil); err != nil || len(in) != 1 {
			t.Fatal(err, in)
		}
	}
	if len(seen) != 4 || seen[0] != seen[1] || seen[2] != seen[3] || seen[0] == seen[2] {
		t.Errorf("nonces %q", seen)
	}
}

func TestThrottlingEnds(t *testing.T) {
	client, hand := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "20")
		refuse(w, http.StatusServiceUnavailable, "ServiceUnavailable")
	})
	err := client.Call(t.Context(), "system", "whoami", nil, nil)
	if waited := hand.Now().Sub(time.Unix(0, 0)); !errors.Is(err, storage.ErrUnreachable) || waited < patience/2 || waited > patience {
		t.Errorf("%v after %v", err, waited)
	}
}

func TestPauses(t *testing.T) {
	for turn := 1; turn < 30; turn++ {
		if p := pause(turn); p < time.Second || p > 128*time.Second || turn > 1 && p < min(time.Second<<(min(turn, 8)-2), 64*time.Second) {
			t.Errorf("turn %d: %v", turn, p)
		}
	}
	for _, c := range []struct {
		wish time.Duration
		turn int
		want time.Duration
	}{{0, 3, 7}, {90 * time.Second, 9, 90 * time.Second}, {20 * time.Second, 1, 20 * time.Second}, {20 * time.Second, 3, 30 * time.Second}, {20 * time.Second, 99, time.Minute}} {
		if got := stretched(c.wish, c.turn, 7); got != c.want {
			t.Errorf("stretched(%v, %d) = %v, want %v", c.wish, c.turn, got, c.want)
		}
	}
}

func TestSettings(t *testing.T) {
	home := t.TempDir()
	write := func(text string) {
		t.Helper()
		path := filepath.Join(home, ".dnanexus_config", "environment.json")
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{}
	read := func() (Settings, error) {
		return ReadSettings(func(name string) (string, bool) { v, ok := env[name]; return v, ok }, home)
	}
	s, err := read()
	if err != nil || s.String() != "https://api.dnanexus.com:443" || s.LoggedIn() == nil {
		t.Errorf("nothing set: %v, %v", s, err)
	}
	write(`{"DX_APISERVER_HOST":"api.example.org","DX_APISERVER_PORT":"8443","DX_PROJECT_CONTEXT_ID":"project-1","DX_WORKSPACE_ID":null,
		"DX_SECURITY_CONTEXT":"{\"auth_token_type\":\"Bearer\",\"auth_token\":\"` + secret + `\"}"}`)
	s, err = read()
	if err != nil || s.String() != "https://api.example.org:8443" || s.token != secret || s.Project != "project-1" {
		t.Errorf("from the file: %v, %v", s, err)
	}
	env["DX_APISERVER_HOST"], env["DX_APISERVER_PROTOCOL"] = "::1", "http"
	env["DX_SECURITY_CONTEXT"] = `{"auth_token":"other"}`
	s, err = read()
	if err != nil || s.String() != "http://[::1]:8443" || s.token != "other" {
		t.Errorf("the environment goes first: %v, %v", s, err)
	}
	if s, err = s.WithServer("https://here.example.org"); err != nil || s.String() != "https://here.example.org:443" {
		t.Errorf("a server of its own: %v, %v", s, err)
	}
	for _, bad := range []string{"here", "ftp://here", "https://here/path"} {
		if _, err := s.WithServer(bad); err == nil {
			t.Errorf("server %q was taken", bad)
		}
	}
	for _, text := range []string{fmt.Sprint(s), fmt.Sprintf("%#v", s), fmt.Sprintf("%+v", s)} {
		if strings.Contains(text, "other") {
			t.Errorf("printed as %s", text)
		}
	}
	env["DX_SECURITY_CONTEXT"] = secret
	if _, err := read(); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("a security context that is none: %v", err)
	}
	write(`["` + secret + `"]`)
	if _, err := read(); err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("a file that is none: %v", err)
	}
}

// A server is believed if the file of DX_CA_CERT vouches for it.
func TestCertificates(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	defer s.Close()
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // what the refused handshake says
	path := filepath.Join(t.TempDir(), "ca.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(ca string) error {
		settings, err := ReadSettings(func(name string) (string, bool) { return ca, name == "DX_CA_CERT" }, "")
		if err == nil {
			settings, err = settings.WithServer(s.URL)
		}
		if err != nil {
			return err
		}
		c := New(settings, Options{Clock: clock.Fixed(time.Unix(0, 0))})
		defer c.Close()
		return c.Call(t.Context(), "system", "whoami", nil, nil)
	}
	if err := ask(path); err != nil {
		t.Error(err)
	}
	for ca, want := range map[string]string{"": "certificate", "NOVERIFY": "always checked", os.Args[0]: "holds no certificate", path + "x": "no such file"} {
		if err := ask(ca); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("DX_CA_CERT=%s: %v", ca, err)
		}
	}
}

func TestPages(t *testing.T) {
	client, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Limit    int
			Starting *struct{ At int }
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Limit != PageSize {
			t.Errorf("%+v, %v", in, err)
		}
		switch {
		case in.Starting == nil:
			_, _ = io.WriteString(w, `{"results":[{"id":"a"},{"id":"b"}],"next":{"at":2}}`)
		case in.Starting.At == 2:
			_, _ = io.WriteString(w, `{"results":[{"id":"c"}],"next":{"at":3}}`)
		default:
			refuse(w, 422, "InvalidInput")
		}
	})
	var ids []string
	var last error
	for row, err := range Pages[Found](t.Context(), client, "system", "findDataObjects", map[string]any{"limit": 1}) {
		if last = err; err == nil {
			ids = append(ids, row.ID)
		}
	}
	if strings.Join(ids, "") != "abc" || !IsType(last, "InvalidInput") {
		t.Errorf("%q, then %v", ids, last)
	}
}

func TestPartsFitTheFile(t *testing.T) {
	for _, size := range []int64{0, 1, partSize, 80 << 30, 700 << 30, 5 << 40} {
		p := partOf(1, size)
		if parts := (size + p - 1) / p; parts > maxParts || p < partSize || p > 600<<20 {
			t.Errorf("%d bytes: parts of %d", size, p)
		}
	}
	var all int64
	for i := 1; i <= maxParts; i++ {
		all += partOf(i, -1)
	}
	if all < 5<<40 {
		t.Errorf("a file of unknown size may have %d bytes", all)
	}
}

// A stream that breaks off is no end, whatever error it breaks with.
func TestBuffersSeeTheEnd(t *testing.T) {
	for _, c := range []struct {
		r      io.Reader
		expect int64
		n      int64
		end    bool
		err    error
	}{
		{strings.NewReader(""), 0, 0, true, nil},
		{strings.NewReader("12345"), 5, 5, true, nil},
		{strings.NewReader("12345"), 0, 5, true, nil},
		{strings.NewReader("12345678901"), 3, 10, false, nil},
		{iotest.OneByteReader(strings.NewReader("123")), 9, 3, true, nil},
		{io.MultiReader(strings.NewReader("123"), iotest.ErrReader(io.ErrUnexpectedEOF)), 5, 3, false, io.ErrUnexpectedEOF},
	} {
		b := takeBuffer(c.expect)
		if n, end, err := b.fill(c.r, 10); n != c.n || end != c.end || !errors.Is(err, c.err) || int64(len(b.b)) != c.n {
			t.Errorf("%d, %v, %v; want %+v", n, end, err, c)
		}
	}
}

func TestBudget(t *testing.T) {
	b := newBudget(10)
	for range 3 {
		got, err := b.take(t.Context(), 99) // all of it, never more
		if got != 10 || err != nil {
			t.Fatal(got, err)
		}
		waiting := make(chan error)
		go func() {
			got, err := b.take(t.Context(), 4)
			if err == nil && got != 4 {
				err = fmt.Errorf("took %d", got)
			}
			waiting <- err
		}()
		why := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		if _, err := b.take(ctx, 1); !errors.Is(err, why) {
			t.Errorf("took without any left: %v", err)
		}
		b.give(10)
		if err := <-waiting; err != nil {
			t.Error(err)
		}
		b.give(4)
	}
}
