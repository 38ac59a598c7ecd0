package gittree

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/fstest"
)

// repository is a real one in a temporary folder.
type repository struct {
	t   *testing.T
	dir string
}

func newRepository(t *testing.T) *repository {
	r := &repository{t, t.TempDir()}
	r.git("init", "-q", "-b", "main")
	return r
}

func (r *repository) git(args ...string) {
	r.t.Helper()
	cmd := exec.Command("git", append([]string{"-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"}, args...)...)
	cmd.Dir = r.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
	if out, err := cmd.CombinedOutput(); err != nil {
		r.t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

func (r *repository) write(name, text string) {
	r.t.Helper()
	full := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		r.t.Fatal(err)
	}
	if err := os.WriteFile(full, []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
}

func (r *repository) commit() {
	r.git("add", "-A")
	r.git("commit", "-q", "-m", "x")
}

func (r *repository) open(folder, ref string) *Tree {
	r.t.Helper()
	tree, err := Open(context.Background(), filepath.Join(r.dir, folder), ref)
	if err != nil {
		r.t.Fatal(err)
	}
	return tree
}

func TestTreeIsWhatWasCommitted(t *testing.T) {
	r := newRepository(t)
	r.write("infra/backup/main.backstay.hcl", "one")
	r.write("infra/backup/rules/deep/a.rego", "package a")
	r.write("infra/backup/a b\tc'\xc3\xa9.txt", "odd")
	r.write("infra/backups/near.hcl", "another folder")
	r.write("top.txt", "top")
	if err := os.Symlink("main.backstay.hcl", filepath.Join(r.dir, "infra/backup/link.hcl")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc/hostname", filepath.Join(r.dir, "infra/backup/out.hcl")); err != nil {
		t.Fatal(err)
	}
	r.commit()
	r.write("infra/backup/main.backstay.hcl", "two")
	r.write("infra/backup/untracked", "new")

	tree := r.open("infra/backup", "main")
	if len(tree.Commit) != 40 {
		t.Errorf("the commit is %q", tree.Commit)
	}
	for name, want := range map[string]string{"main.backstay.hcl": "one", "link.hcl": "one", "rules/deep/a.rego": "package a", "a b\tc'\xc3\xa9.txt": "odd"} {
		if got, err := fs.ReadFile(tree, name); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"untracked", "near.hcl", "out.hcl", "rules/none", "../backups/near.hcl"} {
		if _, err := fs.ReadFile(tree, name); err == nil {
			t.Errorf("%s can be read", name)
		}
	}
	var names []string
	if err := fs.WalkDir(tree, ".", func(p string, _ fs.DirEntry, err error) error { names = append(names, p); return err }); err != nil {
		t.Fatal(err)
	}
	if len(names) != 8 || names[1] != "a b\tc'\xc3\xa9.txt" {
		t.Errorf("%q", names)
	}
	if top := r.open(".", "HEAD"); top.blobs["infra/backups/near.hcl"] == nil || top.blobs["top.txt"] == nil {
		t.Error("the repository's own folder lacks files")
	}
}

// The standard library's own test of file systems.
func TestFS(t *testing.T) {
	r := newRepository(t)
	r.write("a.txt", "a")
	r.write("d/b.txt", "b")
	r.write("d/e/c.txt", "c")
	r.commit()
	if err := fstest.TestFS(r.open(".", "HEAD"), "a.txt", "d/b.txt", "d/e/c.txt"); err != nil {
		t.Fatal(err)
	}
}

func TestWhatIsNotThere(t *testing.T) {
	r := newRepository(t)
	r.write("a.txt", "a")
	r.commit()
	r.write("new/folder/b.txt", "b")
	ctx := context.Background()
	tree := r.open("new/folder", "HEAD")
	if entries, err := fs.ReadDir(tree, "."); err != nil || len(entries) > 0 {
		t.Errorf("a folder that the commit lacks: %v, %v", entries, err)
	}
	for _, ref := range []string{"nowhere", "--help", "HEAD:a.txt", ""} {
		if _, err := Open(ctx, r.dir, ref); !errors.Is(err, ErrNoCommit) {
			t.Errorf("%q: %v", ref, err)
		}
	}
	if _, err := Open(ctx, t.TempDir(), "HEAD"); !errors.Is(err, ErrNoRepository) {
		t.Errorf("no repository: %v", err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := Open(ctx, r.dir, "HEAD"); !errors.Is(err, ErrNoGit) {
		t.Errorf("no git: %v", err)
	}
}

// Links that lead in a circle end.
func TestCircle(t *testing.T) {
	r := newRepository(t)
	for from, to := range map[string]string{"a": "b", "b": "a"} {
		if err := os.Symlink(to, filepath.Join(r.dir, from)); err != nil {
			t.Fatal(err)
		}
	}
	r.commit()
	if _, err := fs.ReadFile(r.open(".", "HEAD"), "a"); err == nil {
		t.Error("a circle was read")
	}
}
