// Package program is the emulator as a command: arguments go in, the lines that
// point a client at the server come out, then requests are served until the
// context ends. It reads no environment and never ends the process itself.
package program

import (
	"context"
	crand "crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/clock"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/ids"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/seed"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/server"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/store"
)

// arguments are what the command line says.
type arguments struct {
	listen, data, token string
	rules               archival.Rules
	folders             []string // DIR=PROJECTNAME
}

const usage = `usage: dnanexus-emulator -listen HOST:PORT [-data DIR] [-rules seed|current] [-token TOKEN] [-seed-folder DIR=PROJECTNAME]...

Plays the DNAnexus platform's HTTP API for tests and rehearsals. Prints the
settings that point a client at it, then serves until it is interrupted.

  -listen HOST:PORT     where to serve; port 0 takes a free one (default 127.0.0.1:8010)
  -data DIR             keep everything in DIR, over restarts; without it, in memory
  -rules seed|current   which edition of the archiving rules holds (default seed);
                        what DIR remembers goes first
  -token TOKEN          the first user's token in a fresh world; random without it
  -seed-folder DIR=NAME load the files of DIR as the project NAME, unless there is one

Exit codes: 0 interrupted, 1 failure, 64 wrong usage.
`

// Run serves until the context ends, and gives the exit code.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a, err := parse(args)
	if errors.Is(err, flag.ErrHelp) {
		_, _ = io.WriteString(stdout, usage)
		return 0
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "dnanexus-emulator: %v\n\n%s", err, usage)
		return 64
	}
	if err := serve(ctx, a, stdout); err != nil {
		_, _ = fmt.Fprintf(stderr, "dnanexus-emulator: %v\n", err)
		return 1
	}
	return 0
}

func parse(args []string) (*arguments, error) {
	a := &arguments{}
	set := flag.NewFlagSet("dnanexus-emulator", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&a.listen, "listen", "127.0.0.1:8010", "")
	set.StringVar(&a.data, "data", "", "")
	set.StringVar(&a.token, "token", "", "")
	rules := set.String("rules", string(archival.Seed), "")
	set.Func("seed-folder", "", func(v string) error {
		if dir, name, ok := strings.Cut(v, "="); !ok || dir == "" || name == "" {
			return errors.New("it must be DIR=PROJECTNAME")
		}
		a.folders = append(a.folders, v)
		return nil
	})
	if err := set.Parse(args); err != nil {
		return nil, err
	}
	a.rules = archival.Rules(*rules)
	if !a.rules.Known() || set.NArg() > 0 {
		return nil, errors.New("the rules are seed or current, and there are no other arguments")
	}
	return a, nil
}

func serve(ctx context.Context, a *arguments, stdout io.Writer) (err error) {
	keep := store.Store(store.NewMemory())
	if a.data != "" {
		if keep, err = store.OpenFolder(a.data); err != nil {
			return err
		}
	}
	defer func() { err = errors.Join(err, keep.Close()) }()
	var random [32]byte
	_, _ = crand.Read(random[:]) // never fails
	s, err := server.Open(server.Options{
		Store: keep, Clock: clock.New(0), IDs: ids.New(random), Settings: model.Defaults(a.rules),
	})
	if err != nil {
		return err
	}
	if err := s.Found(a.token); err != nil {
		return err
	}
	project, err := fill(s, a.folders)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", a.listen)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if err := announce(stdout, listener.Addr().String(), s.Token(server.Founder), project); err != nil {
		return errors.Join(err, listener.Close())
	}
	return run(ctx, &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}, listener)
}

// fill loads folders as projects; one whose name is taken is left alone. The
// project of the last one is the context.
func fill(s *server.Server, folders []string) (project string, err error) {
	for _, one := range folders {
		dir, name, _ := strings.Cut(one, "=")
		if project = s.ProjectNamed(name); project != "" {
			continue
		}
		sum, err := s.Target().Folder(dir, seed.Project{Name: name, User: server.Founder})
		if err != nil {
			return "", err
		}
		project = sum.Project
	}
	return project, nil
}

// announce prints what points a client at the server.
func announce(w io.Writer, address, token, project string) error {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("read the address: %w", err)
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	text := fmt.Sprintf("export DX_APISERVER_HOST=%s\nexport DX_APISERVER_PORT=%s\nexport DX_APISERVER_PROTOCOL=http\n", host, port)
	text += fmt.Sprintf("export DX_SECURITY_CONTEXT='{\"auth_token_type\":\"Bearer\",\"auth_token\":\"%s\"}'\n", token)
	if project != "" {
		text += fmt.Sprintf("export DX_PROJECT_CONTEXT_ID=%s\nexport DX_WORKSPACE_ID=%s\n", project, project)
	}
	_, err = io.WriteString(w, text)
	return err
}

// run serves until the context ends, then lets the requests under way finish.
func run(ctx context.Context, h *http.Server, listener net.Listener) error {
	done := make(chan error, 1)
	go func() {
		defer recoverTo(done)
		done <- h.Serve(listener)
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	err := h.Shutdown(end)
	if errors.Is(err, context.DeadlineExceeded) {
		err = h.Close() // a client that does not let go
	}
	if served := <-done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// recoverTo turns a panic into an error.
func recoverTo(done chan<- error) {
	if r := recover(); r != nil {
		done <- fmt.Errorf("the server panicked: %v", r)
	}
}
