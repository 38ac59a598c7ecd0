package dnanexus

import (
	"os"
	"testing"

	"github.com/backstay/backstay/engine/storage/dnanexus/platformtest"
	"github.com/backstay/backstay/engine/storage/dnanexus/wire"
)

func TestMain(m *testing.M) { os.Exit(platformtest.Main(m)) }

// rig is a running emulator with a fresh world, and how to reach it.
type rig struct {
	*platformtest.Platform
	conn Connection
}

type fault = platformtest.Fault

// bothRules runs a test under both editions of the archiving rules.
func bothRules(t *testing.T, test func(t *testing.T, r rig)) {
	for _, rules := range []string{"seed", "current"} {
		t.Run(rules, func(t *testing.T) { test(t, emulator(t, rules)) })
	}
}

func emulator(t testing.TB, rules string) rig {
	t.Helper()
	p := platformtest.Start(t, "-rules="+rules)
	return rig{Platform: p, conn: Connection{Lookup: p.Lookup}}
}

// as is the same world in another test, or for another user.
func (r rig) as(t testing.TB, conn Connection) rig {
	return rig{Platform: &platformtest.Platform{TB: t, URL: r.URL, Env: r.Env}, conn: conn}
}

// client is another client of the same user, for looking behind the driver.
func (r rig) client() *wire.Client {
	r.Helper()
	c, err := r.conn.Client()
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(c.Close)
	return c
}

// must makes a call that has to succeed.
func (r rig) must(subject, method string, in, out any) {
	r.Helper()
	if err := r.client().Call(r.Context(), subject, method, in, out); err != nil {
		r.Fatal(err)
	}
}

// project makes a project and gives its id.
func (r rig) project(name string) string {
	r.Helper()
	var made struct{ ID string }
	r.must("project", "new", map[string]any{"name": name}, &made)
	return made.ID
}

// control uses one of the emulator's own routes: a GET if in is nil.
func (r rig) control(route string, in, out any) {
	r.Helper()
	r.Ask("emulator/"+route, in, out)
}
