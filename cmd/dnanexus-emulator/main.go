// Command dnanexus-emulator plays the DNAnexus platform's HTTP API on this
// machine, for tests, demos and rehearsals: arguments go in, settings for a
// client come out, then it serves. It never talks to the platform.
//
// This file ties the process to package program: streams, signals and exit
// code.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/program"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := program.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
