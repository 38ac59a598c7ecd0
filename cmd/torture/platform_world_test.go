package torture

import (
	"fmt"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/storage/dnanexus/platformtest"
)

// platform is a world whose destination is a project of the platform, played by
// the emulator in a process of its own.
type platform struct {
	*world
	*platformtest.Platform
}

const platformConfiguration = `
source "filesystem" "tree" {
  path = "tree"
}

destination "dnanexus" "vault" {
  project  = "vault"
  bill_to  = "org-vault"
  lockdown = true
}

backup "tree" {
  source = source.filesystem.tree
  owner  = "it@example.org"

  scope {
    include {
      paths = ["**"]
    }
  }

  copy "vault" {
    to = destination.dnanexus.vault
  }

  retention {
    keep            = "1d"
    keep_last       = 1
    keep_superseded = "1d"
    quarantine      = "7d"
  }
  limits {
    retire_ratio = 0.9
  }
}
`

func newPlatform(t *testing.T) *platform {
	t.Helper()
	p := &platform{world: newWorld(t), Platform: platformtest.Start(t)}
	p.env = p.Environ()
	p.discard("tree")
	p.write("main.backstay.hcl", platformConfiguration)
	for i := range 12 {
		p.file(fmt.Sprintf("tree/small/%d", i), 1000*i)
	}
	p.file("tree/large", 9<<20) // two parts
	p.file("tree/odd/line\nbreak 100%", 10)
	return p
}

// change makes a handful of changes.
func (p *platform) change() {
	p.file("tree/small/3", 100+p.made)
	p.file(fmt.Sprintf("tree/new/%d", p.made), 50)
}

// pass lets days go by on the platform too: while its clock and the program's
// differ, nothing is removed.
func (p *platform) pass(days int) {
	p.Helper()
	p.world.pass(days)
	p.Ask("emulator/clock", map[string]any{"advance": int64(days) * 24 * 60 * 60 * 1000}, nil)
}

// stored is a file of the project, in whatever state.
type stored struct {
	Name, Folder, State string
	Properties          map[string]string
}

// files are those of the one project named vault; none before it is made.
func (p *platform) files() []stored {
	p.Helper()
	var projects struct{ Results []struct{ ID string } }
	p.Ask("system/findProjects", map[string]any{"name": "vault"}, &projects)
	if len(projects.Results) == 0 {
		return nil
	}
	if len(projects.Results) > 1 {
		p.Fatalf("the project was made twice: %v", projects.Results)
	}
	var page struct {
		Results []struct{ Describe stored }
		Next    any
	}
	p.Ask("system/findDataObjects", map[string]any{
		"scope": map[string]any{"project": projects.Results[0].ID}, "visibility": "either", "limit": 1000,
		"describe": map[string]any{"fields": map[string]bool{"name": true, "folder": true, "state": true, "properties": true}},
	}, &page)
	if page.Next != nil {
		p.Fatal("there are more files than this test looks at")
	}
	all := make([]stored, len(page.Results))
	for i, row := range page.Results {
		all[i] = row.Describe
		all[i].Name = strings.ReplaceAll(all[i].Name, "%0A", "\n")
	}
	return all
}
