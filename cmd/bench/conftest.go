package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/backstay/backstay/cmd/internal/program"
)

// conftestVersion is the peer of the policy scenario.
const conftestVersion = "v0.71.0"

// findConftest gives the program, which is built once into the user's cache; ""
// where it cannot be had, and then its figures are not measured.
func (b *bench) findConftest(ctx context.Context) string {
	if b.conftest != "" {
		if b.conftest == "none" {
			return ""
		}
		return b.conftest
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	dir := filepath.Join(cache, "backstay-bench", "conftest-"+conftestVersion)
	binary := filepath.Join(dir, "conftest")
	if _, err := os.Stat(binary); err == nil {
		return binary
	}
	b.say("conftest %s: building it once into %s", conftestVersion, dir)
	install := exec.CommandContext(ctx, "go", "install", "github.com/open-policy-agent/conftest@"+conftestVersion)
	install.Env = append(os.Environ(), "GOBIN="+dir, "CGO_ENABLED=0")
	if out, err := install.CombinedOutput(); err != nil {
		b.say("conftest %s cannot be built: %v\n%s", conftestVersion, err, tail(string(out)))
		return ""
	}
	return binary
}

// denials counts what conftest's JSON says was denied.
func denials(out string) (int64, error) {
	var results []struct {
		Failures []struct{} `json:"failures"`
	}
	if err := json.Unmarshal([]byte(out), &results); err != nil {
		return 0, fmt.Errorf("read what conftest answered: %w", err)
	}
	var n int64
	for _, r := range results {
		n += int64(len(r.Failures))
	}
	return n, nil
}

// conftestOf asks the rules in a folder about a document. What is denied is no
// failure of the run.
func conftestOf(binary, policies, document string, args ...string) program.Command {
	all := append([]string{binary, "test", "--no-fail", "--no-color", "--policy", policies}, args...)
	return program.Command{Args: append(all, document), Discard: true}
}
