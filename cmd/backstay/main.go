// Command backstay keeps backups as code: it plans, judges, carries out and
// proves what a configuration says must be protected.
//
// This file ties the process to package cli: streams, environment, signals and
// exit code. It decides nothing and prints nothing itself.
package main

import (
	"os"
	"os/signal"
	"os/user"
	"runtime"
	"syscall"

	"github.com/backstay/backstay/cmd/internal/cli"
	"github.com/backstay/backstay/engine"
)

// version is set by the linker.
var version = "0.1.0-dev"

// room is how much more than twice what it has in use the heap may take. The
// collector runs when the heap has doubled, and counts memory that nobody ever
// touches, which takes none: so a heap of 20 MB is gone through less than half as
// often, and one of a gigabyte as ever.
const room = 32 << 20

func main() {
	untouched := make([]byte, room)
	signals := make(chan os.Signal, 3)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	signal.Ignore(syscall.SIGPIPE) // a reader that leaves does not end an apply
	name, host := who()
	code := cli.Run(&cli.World{
		Args:    os.Args[1:],
		Env:     os.LookupEnv,
		Stdin:   os.Stdin,
		Stdout:  cli.StreamOf(os.Stdout, os.LookupEnv),
		Stderr:  cli.StreamOf(os.Stderr, os.LookupEnv),
		Signals: signals,
		Chdir:   os.Chdir,
		Kill:    os.Exit,
		Version: version,
		User:    name,
		Host:    host,
		Open:    func(o engine.Options) cli.Engine { return engine.New(o) },
	})
	runtime.KeepAlive(untouched)
	os.Exit(code)
}

// who names the run in its records. Where the system does not tell, they stay
// empty: a name is a claim, not a key.
func who() (name, host string) {
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, _ = os.Hostname()
	return name, host
}
