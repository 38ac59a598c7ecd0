package program

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// start runs the program and gives what it printed before it serves, and how to
// end it.
func start(t *testing.T, args ...string) (settings map[string]string, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	code := make(chan int, 1)
	var stderr bytes.Buffer
	go func() {
		code <- Run(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), in, &stderr)
		_ = in.Close()
	}()
	settings = map[string]string{}
	text := make([]byte, 4096)
	n, err := out.Read(text)
	if err != nil {
		cancel()
		<-code
		t.Fatalf("nothing was printed: %v, %s", err, &stderr)
	}
	for _, found := range regexp.MustCompile(`(?m)^export (\w+)='?(.*?)'?$`).FindAllStringSubmatch(string(text[:n]), -1) {
		settings[found[1]] = found[2]
	}
	return settings, func() int {
		cancel()
		got := <-code
		if stderr.Len() > 0 {
			t.Error(stderr.String())
		}
		return got
	}
}

// ask posts to a running program with the token that it printed.
func ask(t *testing.T, settings map[string]string, path, body string) string {
	t.Helper()
	url := settings["DX_APISERVER_PROTOCOL"] + "://" + settings["DX_APISERVER_HOST"] + ":" + settings["DX_APISERVER_PORT"] + path
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	token := regexp.MustCompile(`"auth_token":"(\w+)"`).FindStringSubmatch(settings["DX_SECURITY_CONTEXT"])
	if token == nil {
		t.Fatalf("no token in %v", settings)
	}
	request.Header.Set("Authorization", "Bearer "+token[1])
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// TestRun serves a seeded folder, ends, and finds it again.
func TestRun(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("a"), 0o644); err != nil {
		t.Fatal(err)
	}
	args := []string{"-data", data, "-token", "secret", "-rules", "current", "-seed-folder", dir + "=Work"}
	settings, stop := start(t, args...)
	if got := ask(t, settings, "/system/whoami", "{}"); got != `{"id":"user-alice"}` {
		t.Errorf("whoami: %s", got)
	}
	project := settings["DX_PROJECT_CONTEXT_ID"]
	if got := ask(t, settings, "/"+project+"/describe", "{}"); !strings.Contains(got, `"name":"Work"`) || settings["DX_WORKSPACE_ID"] != project {
		t.Errorf("project: %s", got)
	}
	if code := stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	settings, stop = start(t, args...)
	if settings["DX_PROJECT_CONTEXT_ID"] != project {
		t.Errorf("the project became %s", settings["DX_PROJECT_CONTEXT_ID"])
	}
	if got := ask(t, settings, "/system/findDataObjects", `{"name":"a.txt"}`); strings.Count(got, "file-") != 1 {
		t.Errorf("found %s", got)
	}
	if code := stop(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{[]string{"-help"}, 0, "usage:", ""},
		{[]string{"-rules", "none"}, 64, "", "usage:"},
		{[]string{"extra"}, 64, "", "usage:"},
		{[]string{"-seed-folder", "x"}, 64, "", "DIR=PROJECTNAME"},
		{[]string{"-listen", "nowhere"}, 1, "", "listen"},
		{[]string{"-seed-folder", "/does/not/exist=x"}, 1, "", "exist"},
	} {
		var stdout, stderr bytes.Buffer
		if code := Run(t.Context(), c.args, &stdout, &stderr); code != c.code || !strings.Contains(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) {
			t.Errorf("%v: exit code %d, %s, %s", c.args, code, &stdout, &stderr)
		}
	}
}
