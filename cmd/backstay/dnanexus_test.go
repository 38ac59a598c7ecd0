package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/backstay/backstay/engine/storage/dnanexus/platformtest"
)

// TestOnThePlatform runs the program against the emulator, both as programs of
// their own.
func TestOnThePlatform(t *testing.T) {
	bin := t.TempDir()
	for _, name := range []string{"backstay", "dnanexus-emulator"} {
		if out, err := exec.Command("go", "build", "-o", bin, "../"+name).CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", name, err, out)
		}
	}
	for name, test := range map[string]func(*platform){
		"vault and replica": exampleDNAnexus, "outside": exampleOutside, "gold": exampleGold, "for each project": forEachProject,
		"changes": projectChanges,
	} {
		t.Run(name, func(t *testing.T) { test(emulate(t, bin)) })
	}
}

// platform is a running emulator, with what points a client at it.
type platform struct {
	*platformtest.Platform
	bin string
	env []string
	err string // what the last run said besides
}

// emulate starts the platform with a world of its own.
func emulate(t testing.TB, bin string) *platform {
	t.Helper()
	p := platformtest.Run(t, filepath.Join(bin, "dnanexus-emulator"))
	return &platform{Platform: p, bin: bin, env: append(p.Environ(), "HOME="+t.TempDir())}
}

// trial is a project as a laboratory may have one: what the sequencer wrote,
// results, work in progress, a pipeline, and what others gave. It gives the
// project's id; the files lie in dir as well.
func (p *platform) trial(dir string) string {
	p.Helper()
	for path, content := range map[string]string{
		"inputs/genome.fa":            ">chr1\n" + strings.Repeat("ACGTTGCA", 4000) + "\n",
		"inputs/panel.bed":            "chr1\t100\t200\n",
		"runs/r1/lane1.fastq.gz":      strings.Repeat("reads of lane 1\n", 900),
		"runs/r1/lane2.fastq.gz":      strings.Repeat("reads of lane 2\n", 700),
		"results/r1/variants.vcf":     "##fileformat=VCFv4.2\n",
		"results/r1/report.html":      "<p>no findings</p>\n",
		"scratch/r1/half.bam":         strings.Repeat("half ", 100),
		"results/r1/empty.log":        "",
		"runs/r1/checks.fastq.gz.md5": "d41d8cd98f00b204e9800998ecf8427e\n",
	} {
		at := filepath.Join(dir, filepath.FromSlash(path))
		if err := errors.Join(os.MkdirAll(filepath.Dir(at), 0o755), os.WriteFile(at, []byte(content), 0o644)); err != nil {
			p.Fatal(err)
		}
	}
	p.Ask("emulator/orgs", map[string]any{"id": "org-backups", "licence": true, "members": map[string]any{"user-alice": map[string]any{"admin": true}}}, nil)
	var made struct{ Project, ID string }
	p.Ask("emulator/seed", map[string]any{"folder": dir, "name": "trial", "user": "user-alice"}, &made)
	project := made.Project
	p.Ask("applet/new", map[string]any{
		"project": project, "folder": "/apps", "parents": true, "name": "align", "dxapi": "1.0.0",
		"runSpec": map[string]any{"interpreter": "bash", "code": "main() { align; }\n"},
	}, &made)
	p.Ask("workflow/new", map[string]any{
		"project": project, "folder": "/apps", "name": "germline", "stages": []map[string]any{{"id": "stage-1", "executable": made.ID}},
	}, nil)
	p.Ask("record/new", map[string]any{
		"project": project, "folder": "/runs/r1", "name": "run", "types": []string{"SequencingRun"}, "details": map[string]any{"lanes": 2}, "close": true,
	}, nil)
	return project
}

// backstay runs the program in a folder and gives what it prints; it must end
// with the exit code.
func (p *platform) backstay(dir string, code int, args ...string) string {
	p.Helper()
	c := exec.Command(filepath.Join(p.bin, "backstay"), append([]string{"-chdir=" + dir}, args...)...)
	c.Env = append(os.Environ(), p.env...)
	var stderr strings.Builder
	c.Stderr = &stderr
	out, err := c.Output()
	p.err = stderr.String()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.Fatal(err)
	}
	if got := c.ProcessState.ExitCode(); got != code {
		p.Fatalf("%v: exit code %d\n%s%s", args, got, out, stderr.String())
	}
	return string(out)
}

// example copies an example and gives the folder.
func (p *platform) example(name string) string {
	dir := p.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("..", "..", "examples", name))); err != nil {
		p.Fatal(err)
	}
	return dir
}

var asOf = regexp.MustCompile(`As of .* UTC`)

// expect compares a plan with the one beside the example.
func (p *platform) expect(name, got string) {
	p.Helper()
	got = asOf.ReplaceAllString(got, "As of 2027-01-04 08:00:00 UTC")
	golden := filepath.Join("..", "..", "examples", name, "plan.txt")
	if *updateExamples {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			p.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		p.Fatal(err)
	}
	if got != string(want) {
		p.Errorf("the plan is not that of %s; -update-examples rewrites it:\n%s", golden, got)
	}
}

// run plans the example, compares, applies, and sees that nothing is left.
func (p *platform) run(name, dir string, vars ...string) {
	p.Helper()
	p.expect(name, p.backstay(dir, 0, append([]string{"plan"}, vars...)...))
	p.backstay(dir, 0, append([]string{"apply", "-auto-approve"}, vars...)...)
	p.backstay(dir, 0, append([]string{"plan", "-detailed-exitcode"}, vars...)...)
}

func content(t testing.TB, path ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Ways 1 and 2, and a copy outside beside them.
func exampleDNAnexus(p *platform) {
	seeded, outside := p.TempDir(), p.TempDir()
	dir := p.example("dnanexus")
	p.run("dnanexus", dir, "-var=project="+p.trial(seeded), "-var=outside="+outside)
	if got := content(p, outside, "trial/runs/r1/lane1.fastq.gz"); got != content(p, seeded, "runs/r1/lane1.fastq.gz") {
		p.Errorf("outside lie %d bytes", len(got))
	}
	if export := content(p, outside, "trial/apps/align.applet.json"); !strings.Contains(export, "main() { align; }") {
		p.Errorf("the applet is kept as\n%s", export)
	}
}

// Way 3: what lies outside can be checked, and its custody told, without the
// program.
func exampleOutside(p *platform) {
	seeded, disk, tape := p.TempDir(), p.TempDir(), p.TempDir()
	dir := p.example("dnanexus-outside")
	project := p.trial(seeded)
	vars := []string{"-var=project=" + project, "-var=disk=" + disk, "-var=tape=" + tape}
	p.run("dnanexus-outside", dir, vars...)
	out, err := exec.Command(filepath.Join(dir, "custody.sh"), disk, "results/r1/variants.vcf").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "All files have their digests") || !strings.Contains(string(out), `"source_id":"file-`) || !strings.Contains(string(out), `"user":`) {
		p.Errorf("%v\n%s", err, out)
	}
	if err := os.WriteFile(filepath.Join(disk, "trial/results/r1/variants.vcf"), []byte("forged"), 0o644); err == nil {
		if out, err := exec.Command(filepath.Join(dir, "custody.sh"), disk).CombinedOutput(); err == nil {
			p.Errorf("a forged file has its digest\n%s", out)
		}
	}
	p.backstay(dir, 0, append([]string{"audit", "verify"}, vars...)...)
	back := p.TempDir()
	p.backstay(dir, 0, append([]string{"restore", "-to=" + back, "-from=destination.filesystem.tape"}, vars...)...)
	for _, path := range []string{"runs/r1/lane1.fastq.gz", "runs/r1/lane2.fastq.gz", "results/r1/variants.vcf", "results/r1/empty.log"} {
		if content(p, back, "trial", path) != content(p, seeded, path) {
			p.Errorf("%s came back otherwise", path)
		}
		if info, err := os.Stat(filepath.Join(back, "trial", path)); err != nil || info.Mode().Perm()&0o400 == 0 {
			p.Errorf("%s cannot be read by whoever restored it: %v %v", path, info.Mode(), err)
		}
	}
	// The project itself is lost: objects come back into another, pipelines too.
	p.Ask(project+"/destroy", struct{}{}, nil)
	var made struct{ ID string }
	p.Ask("project/new", map[string]any{"name": "again"}, &made)
	p.backstay(dir, 0, append([]string{"restore", "-to-project=again"}, vars...)...)
	var found struct {
		Results []struct {
			Describe struct {
				Name   string
				Stages []struct{ Executable string }
			}
		}
	}
	p.Ask("system/findDataObjects", map[string]any{
		"scope": map[string]any{"project": made.ID, "folder": "/apps"}, "class": "workflow", "describe": map[string]any{"fields": map[string]bool{"name": true, "stages": true}},
	}, &found)
	if len(found.Results) != 1 || found.Results[0].Describe.Name != "germline" || len(found.Results[0].Describe.Stages) != 1 {
		p.Fatalf("the workflow came back as %+v", found)
	}
	var applet struct{ Name, Project string }
	p.Ask(found.Results[0].Describe.Stages[0].Executable+"/describe", struct{}{}, &applet)
	if applet.Name != "align" || applet.Project != made.ID {
		p.Errorf("its stage runs %+v", applet)
	}
}

// Way 4: results and pipelines come down; inputs that lie here are recognised
// and not downloaded.
func exampleGold(p *platform) {
	seeded, gold := p.TempDir(), p.TempDir()
	project := p.trial(seeded)
	if err := os.CopyFS(filepath.Join(gold, "work", "inputs"), os.DirFS(filepath.Join(seeded, "inputs"))); err != nil {
		p.Fatal(err)
	}
	edited := "chr1\t100\t201\n" // as long as what was uploaded
	if err := os.WriteFile(filepath.Join(gold, "work", "inputs", "panel.bed"), []byte(edited), 0o644); err != nil {
		p.Fatal(err)
	}
	dir := p.example("dnanexus-gold")
	vars := []string{"-var=project=" + project, "-var=gold=" + gold}
	p.expect("dnanexus-gold", p.backstay(dir, 0, append([]string{"plan"}, vars...)...))
	p.Calls()
	p.backstay(dir, 0, append([]string{"apply", "-auto-approve"}, vars...)...)
	if n := p.Calls()["file-xxxx/download"]; n != 4 { // three results, and the input that is another one here
		p.Errorf("%d downloads", n)
	}
	p.backstay(dir, 0, append([]string{"plan", "-detailed-exitcode"}, vars...)...)
	for _, path := range []string{"inputs/genome.fa", "results/r1/variants.vcf"} {
		if content(p, gold, "work", path) != content(p, seeded, path) {
			p.Errorf("%s differs", path)
		}
	}
	if content(p, gold, "work/inputs/panel.bed") != edited || content(p, gold, "work/inputs/panel.bed.~2~") != content(p, seeded, "inputs/panel.bed") {
		p.Error("an input that was edited here is not left alone")
	}
	if _, err := os.Stat(filepath.Join(gold, "work", "scratch")); err == nil {
		p.Error("work in progress came down")
	}
}

const eachProject = `data "dnanexus_projects" "lab" {
  tags = ["backup"]
}
source "dnanexus" "lab" {
  for_each = data.dnanexus_projects.lab
  project  = each.value.id
}
destination "filesystem" "disk" {
  path = "./disk"
}
backup "lab" {
  for_each = source.dnanexus.lab
  source   = each.value
  owner    = "platform@example.org"
  copy "disk" {
    to = destination.filesystem.disk
  }
  retention {
    keep = "1y"
  }
}
`

// A data block is answered when a plan is made, as the user who is logged in;
// validate needs no platform. A project that joins is a source more.
func forEachProject(p *platform) {
	dir := p.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.backstay.hcl"), []byte(eachProject), 0o644); err != nil {
		p.Fatal(err)
	}
	project := p.trial(p.TempDir())
	p.Calls()
	p.backstay(dir, 0, "validate")
	if calls := p.Calls(); len(calls) > 0 {
		p.Errorf("validate asks %v", calls)
	}
	if out := p.backstay(dir, 0, "plan"); strings.Contains(out, "to copy (") {
		p.Errorf("no project has the tag, and the plan is\n%s", out)
	}
	p.Ask(project+"/addTags", map[string]any{"tags": []string{"backup"}}, nil)
	if out := p.backstay(dir, 0, "plan"); !strings.Contains(out, `backup.lab["trial"]`) {
		p.Errorf("the project has the tag, and the plan is\n%s", out)
	}
	p.backstay(dir, 0, "apply", "-auto-approve")
	p.backstay(dir, 0, "check")
	found, err := filepath.Glob(filepath.Join(dir, "disk", "lab*trial*", "results", "r1", "variants.vcf"))
	if err != nil || len(found) != 1 {
		p.Errorf("copies at %q, %v", found, err)
	}
	p.env = append(p.env, `DX_SECURITY_CONTEXT={"auth_token":"expired"}`)
	p.backstay(dir, 1, "plan") // the answer that does not come is no empty list
}
