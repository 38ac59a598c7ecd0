package server

import (
	"fmt"
	"sync"
	"testing"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
)

// TestParallel lets many clients upload, find, archive and download at once.
func TestParallel(t *testing.T) {
	r := newRig(t, archival.Seed)
	p := r.project("one")
	var clients sync.WaitGroup
	for i := range 8 {
		clients.Go(func() {
			content := fmt.Sprint("content ", i)
			f := r.file(p, fmt.Sprint("file ", i), content, hash{"folder": fmt.Sprint("/", i%3), "parents": true})
			r.ok("/system/findDataObjects", hash{"scope": hash{"project": p}, "describe": true})
			if _, body := r.get(r.ok("/"+f+"/download", hash{"project": p}), nil); string(body) != content {
				t.Errorf("%q came back as %q", content, body)
			}
			r.ok("/"+p+"/archive", hash{"files": []string{f}})
		})
	}
	clients.Wait()
	if got := r.ok("/emulator/archival", hash{})[p].(map[string]any)["archived"].(map[string]any)["files"]; got != float64(8) {
		t.Errorf("%v files are archived", got)
	}
}
