package main

import (
	"compress/gzip"
	"encoding/base64"
	"io"
	"os"
	"path/filepath"
	"strings"
)

const allProjects = `
data "dnanexus_projects" "all" {
}
policy "projects" {
  pack = "dnanexus"
}
`

// projectChanges follows a project: what people do to it after its first backup,
// and what the next ones make of that.
func projectChanges(p *platform) {
	dir := p.TempDir()
	p.write(dir, "main.backstay.hcl", eachProject)
	project := p.trial(p.TempDir())
	p.Ask(project+"/addTags", map[string]any{"tags": []string{"backup"}}, nil)
	p.Ask("project/new", map[string]any{"name": "forgotten"}, nil)
	p.Ask("file/new", map[string]any{"project": project, "name": "arriving.bam", "folder": "/runs/r1"}, nil)
	p.backstay(dir, 0, "apply", "-auto-approve")
	if !strings.Contains(p.err, "1 files are not closed yet") || !strings.Contains(p.err, "runs/r1/arriving.bam") {
		p.Errorf("of the file that is still written is said\n%s", p.err)
	}
	p.write(dir, "projects.backstay.hcl", allProjects)
	out := p.backstay(dir, 3, "check")
	if !strings.Contains(out, `No backup plan reads project "forgotten"`) || strings.Contains(out, `reads project "trial"`) {
		p.Errorf("of projects without a backup plan is said\n%s", out)
	}
	p.write(dir, "projects.backstay.hcl", "")
	p.newTag(dir, project)
	p.deleted(dir, project)
}

func (p *platform) write(dir, name, text string) {
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		p.Fatal(err)
	}
}

// newTag gives a file a tag: its record changes, and nothing is downloaded.
func (p *platform) newTag(dir, project string) {
	file := p.fileNamed(project, "variants.vcf")
	p.Ask(file+"/addTags", map[string]any{"project": project, "tags": []string{"reviewed"}}, nil)
	if out := p.backstay(dir, 2, "plan", "-detailed-exitcode"); strings.Contains(out, "to copy (") || !strings.Contains(out, "1 to tag") {
		p.Errorf("of a tag becomes\n%s", out)
	}
	p.Calls()
	p.backstay(dir, 0, "apply", "-auto-approve")
	if n := p.Calls()["file-xxxx/download"]; n != 0 {
		p.Errorf("a tag costs %d downloads", n)
	}
	p.backstay(dir, 0, "plan", "-detailed-exitcode")
	tag := base64.StdEncoding.EncodeToString([]byte(`["reviewed"]`))
	segments, err := filepath.Glob(filepath.Join(dir, "disk", ".backstay", "catalogue", "*", "*.jsonl.gz"))
	if err != nil {
		p.Fatal(err)
	}
	for _, s := range segments {
		if strings.Contains(p.unpacked(s), tag) {
			return
		}
	}
	p.Error("the catalogue does not know the tag")
}

// deleted deletes a file: the platform cannot bring it back, its copy can.
func (p *platform) deleted(dir, project string) {
	file := p.fileNamed(project, "variants.vcf")
	p.Ask(project+"/removeObjects", map[string]any{"objects": []string{file}}, nil)
	p.backstay(dir, 0, "apply", "-auto-approve")
	back := p.TempDir()
	p.backstay(dir, 0, "restore", "-to="+back, "-gone", "-path=/results/r1/variants.vcf")
	found, err := filepath.Glob(filepath.Join(back, "*", "results", "r1", "variants.vcf"))
	if err != nil || len(found) != 1 {
		p.Errorf("restored %q, %v", found, err)
	}
}

func (p *platform) fileNamed(project, name string) string {
	var found struct{ Results []struct{ ID string } }
	p.Ask("system/findDataObjects", map[string]any{"scope": map[string]any{"project": project}, "name": name}, &found)
	if len(found.Results) != 1 {
		p.Fatalf("%d files are named %s", len(found.Results), name)
	}
	return found.Results[0].ID
}

func (p *platform) unpacked(path string) string {
	f, err := os.Open(path)
	if err != nil {
		p.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		p.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		p.Fatal(err)
	}
	return string(text)
}
