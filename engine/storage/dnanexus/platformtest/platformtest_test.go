package platformtest

import (
	"os"
	"slices"
	"testing"
)

func TestMain(m *testing.M) { os.Exit(Main(m)) }

func TestStart(t *testing.T) {
	p := Start(t, "-rules=current")
	var me struct{ ID string }
	p.Ask("system/whoami", struct{}{}, &me)
	calls := p.Calls()
	if me.ID != "user-alice" || len(calls) != 1 || calls["system/whoami"] != 1 || len(p.Calls()) != 0 {
		t.Errorf("%s after %v", me.ID, calls)
	}
	if host, ok := p.Lookup("DX_APISERVER_HOST"); !ok || host != "127.0.0.1" || !slices.Contains(p.Environ(), "DX_APISERVER_HOST="+host) {
		t.Errorf("environment %q", p.Environ())
	}
	p.Spoil(Fault{Route: "system/whoami", Action: "status", Status: 503, Times: 1})
	if err := p.ask("system/whoami", struct{}{}, nil); err == nil {
		t.Error("the fault did not strike")
	}
	p.Ask("system/whoami", struct{}{}, nil)
}
