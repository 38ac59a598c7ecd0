package torture

import (
	"errors"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/backstay/backstay/cmd/internal/program"
)

// TestTroubleDiskFull lets one destination run out of space in the middle.
func TestTroubleDiskFull(t *testing.T) {
	w := newWorld(t)
	disk := w.mount("two", "size=2m")
	r := w.backstay("apply", "-auto-approve")
	w.refused(r, 1, "space")
	disk.remount(0, "size=64m")
	w.carryOn(false)
	w.whole()
}

// TestTroubleReadOnly makes a destination read-only between two runs.
func TestTroubleReadOnly(t *testing.T) {
	w := newWorld(t)
	disk := w.mount("two", "size=64m")
	w.carryOn(false)
	w.change()
	disk.remount(syscall.MS_RDONLY, "size=64m")
	r := w.backstay("apply", "-auto-approve")
	w.refused(r, 1, "read-only")
	disk.remount(0, "size=64m")
	w.carryOn(true)
	w.whole()
}

// TestTroubleVanished takes away and edits planned files before the apply.
func TestTroubleVanished(t *testing.T) {
	w := newWorld(t)
	w.expect(0, "plan", "-out=p")
	w.must(os.Remove(w.at("tree/many/a/file 00.txt")))
	w.file("tree/many/b/file 01.txt", 777)
	r := w.backstay("apply", "p")
	w.refused(r, 6, "many/a/file 00.txt", "many/b/file 01.txt")
	w.carryOn(false)
	w.whole()
}

// TestTroubleGrowing keeps writing to a file while it is copied.
func TestTroubleGrowing(t *testing.T) {
	w := newWorld(t)
	w.file("tree/growing.log", 48<<20)
	w.expect(0, "plan", "-out=p")
	done := w.keepWriting("tree/growing.log")
	r := w.backstay("apply", "p")
	done()
	w.refused(r, 6, "growing.log")
	w.carryOn(false)
	w.whole()
}

// keepWriting appends to a file until the returned function is called.
func (w *world) keepWriting(name string) (stop func()) {
	w.Helper()
	file, err := os.OpenFile(w.at(name), os.O_APPEND|os.O_WRONLY, 0)
	w.must(err)
	var writer sync.WaitGroup
	end := make(chan struct{})
	writer.Go(func() {
		for {
			select {
			case <-end:
				return
			default:
				_, _ = file.WriteString("more\n")
			}
		}
	})
	return func() {
		close(end)
		writer.Wait()
		w.must(file.Close())
	}
}

// TestTroubleClockBack turns the clock back behind the last run: what is there
// stays, whatever the terms would say.
func TestTroubleClockBack(t *testing.T) {
	w := newWorld(t)
	w.carryOn(false)
	w.change()
	w.pass(20)
	w.carryOn(false)
	before := w.digests("one")
	w.change()
	w.pass(-60)
	r := w.backstay("apply", "-auto-approve")
	w.refused(r, 3, "clock")
	after := w.digests("one")
	for key, digest := range before {
		if after[key] != digest {
			t.Errorf("%q is %q after the clock went back, it was %s", key, after[key], digest)
		}
	}
	w.pass(60)
	w.carryOn(false)
	w.whole()
}

// refused insists on an exit code and on words that tell why.
func (w *world) refused(r program.Result, code int, words ...string) {
	w.Helper()
	w.insist(code, r)
	text := r.Stdout + r.Stderr
	for _, word := range words {
		if !strings.Contains(strings.ToLower(text), strings.ToLower(word)) {
			w.Fatalf("the answer does not say %q:\n%s", word, text)
		}
	}
}

// mounted is a file system of its own, in memory.
type mounted struct {
	*world
	folder string
}

// mount needs rights that not everybody has; without them there is nothing to
// test.
func (w *world) mount(folder, options string) mounted {
	w.Helper()
	w.must(os.Mkdir(w.at(folder), 0o755))
	err := syscall.Mount("tmpfs", w.at(folder), "tmpfs", 0, options)
	if errors.Is(err, syscall.EPERM) {
		w.Skip("only root can mount the small file system that this test fills")
	}
	w.must(err)
	w.Cleanup(func() { _ = syscall.Unmount(w.at(folder), syscall.MNT_DETACH) })
	return mounted{w, folder}
}

func (m mounted) remount(flags uintptr, options string) {
	m.Helper()
	m.must(syscall.Mount("tmpfs", m.at(m.folder), "tmpfs", flags|syscall.MS_REMOUNT, options))
}
