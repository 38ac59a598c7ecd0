// Package gittree shows the files of a commit as a file system, without a
// checkout.
//
// In go a folder of a work tree and the name of a commit; out comes an fs.FS
// with that folder as it was at the commit, read lazily. It asks the program
// git, which must be installed, and never touches the work tree, the index, the
// network or any reference. Blobs are the bytes that git stores: filters such
// as line endings and large-file pointers are not applied.
package gittree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// The errors that a user can do something about; they are wrapped with what git
// said.
var (
	ErrNoGit        = errors.New("the program git cannot be run")
	ErrNoRepository = errors.New("the folder is in no git repository")
	ErrNoCommit     = errors.New("there is no such commit here")
)

// maxFile bounds one file: configurations and policies are written by people.
const maxFile = 16 << 20

// Tree is a folder at a commit.
type Tree struct {
	Commit string // its full name
	*files
}

// Open finds the commit that ref names and lists what lies below dir in it. A
// folder that the commit does not have is empty. The context bounds the reading
// of files too.
func Open(ctx context.Context, dir, ref string) (*Tree, error) {
	g := git{ctx: ctx, dir: dir}
	prefix, err := g.run("rev-parse", "--show-prefix")
	if err != nil {
		if errors.Is(err, ErrNoGit) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: %w", ErrNoRepository, err)
	}
	commit, err := g.run("rev-parse", "--verify", "--quiet", "--end-of-options", ref+"^{commit}")
	if err != nil {
		return nil, fmt.Errorf("%w: %q", ErrNoCommit, ref)
	}
	t := &Tree{Commit: string(bytes.TrimSpace(commit)), files: newFiles(g)}
	below := strings.TrimSuffix(string(prefix), "\n")
	args := []string{"ls-tree", "-r", "-z", "--long", "--full-tree", t.Commit}
	if below != "" {
		args = append(args, below)
	}
	list, err := g.run(args...)
	if err != nil {
		return nil, fmt.Errorf("list the files of %s: %w", t.Commit, err)
	}
	return t, t.read(list, below)
}

// read takes the output of ls-tree: MODE TYPE NAME SIZE, a tab, PATH, a NUL.
func (t *Tree) read(list []byte, below string) error {
	for _, line := range bytes.Split(list, []byte{0}) {
		if len(line) == 0 {
			continue
		}
		head, path, ok := strings.Cut(string(line), "\t")
		fields := strings.Fields(head)
		if !ok || len(fields) != 4 {
			return fmt.Errorf("git lists %q, which is not understood", line)
		}
		name, inside := strings.CutPrefix(path, below)
		if fields[1] != "blob" || !inside {
			continue // a submodule is another repository
		}
		size, err := strconv.ParseInt(fields[3], 10, 64)
		if err != nil {
			return fmt.Errorf("git lists %q: %w", line, err)
		}
		t.add(name, &blob{id: fields[2], size: size, link: fields[0] == "120000"})
	}
	t.sort()
	return nil
}

// git runs the program in one folder.
type git struct {
	ctx context.Context
	dir string
}

func (g git) run(args ...string) ([]byte, error) {
	cmd := exec.CommandContext(g.ctx, "git", append([]string{"--no-replace-objects", "--literal-pathspecs", "-C", g.dir}, args...)...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return out.Bytes(), nil
	case errors.As(err, &exit):
		return nil, fmt.Errorf("git %s: %s", args[0], strings.TrimSpace(said.String()))
	}
	return nil, fmt.Errorf("%w: %w", ErrNoGit, err)
}
