package server

import (
	"cmp"
	"maps"
	"slices"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/ids"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// plan is what is to run.
type plan struct {
	class, program, name string
	stages               []any
}

func runApplet(c *call) (any, error) {
	cp, err := c.w.Find(c.user, c.subject, "")
	if err != nil {
		return nil, err
	}
	return c.start(plan{class: "job", program: c.subject, name: cp.Name})
}

func runApp(c *call) (any, error) {
	a, err := c.app()
	if err != nil {
		return nil, err
	}
	return c.start(plan{class: "job", program: a.ID, name: a.Name})
}

func runWorkflow(c *call) (any, error) {
	cp, err := c.w.Find(c.user, c.subject, "")
	if err != nil {
		return nil, err
	}
	stages, _ := cp.Object.Spec["stages"].([]any)
	return c.start(plan{class: "analysis", program: c.subject, name: cp.Name, stages: stages})
}

// start makes a run. Nothing is computed: after the delay of the settings it is
// done with an empty output, unless a property asks for a failure.
func (c *call) start(what plan) (any, error) {
	if err := c.known(); err != nil {
		return nil, err
	}
	id, folder := c.in.NeedText("project"), c.folderKey("folder", "/")
	if !c.in.Has("input") {
		c.in.Fail(wire.InvalidInput("Expected key \"input\" of input to be a hash"))
	}
	properties, _ := c.in.Properties("properties", false)
	r := &model.Run{
		Class: what.class, Name: c.in.Text("name", programName(what.name, what.program)), Executable: what.program, Program: what.name,
		Folder: folder, User: c.user, Created: c.now, DoneAt: c.now + c.w.Settings.JobDelay, Ended: "done",
		Input: c.in.Hash("input"), Output: hash{}, Details: c.in.Keys()["details"],
		Tags: unique(c.in.Texts("tags")), Properties: properties,
	}
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	p, err := c.w.Require(c.user, id, model.Contribute)
	if err != nil {
		return nil, err
	}
	for _, link := range linked(r.Input) {
		if err := c.computable(link, p.ID); err != nil {
			return nil, err
		}
	}
	if message, ok := properties["emulator.fail"]; ok {
		r.Ended, r.Failure = "failed", message
	}
	r.ID, r.Project, r.Region, r.BillTo = c.s.ids.Next(what.class), p.ID, p.Region, p.BillTo
	answer := hash{"id": r.ID}
	if what.class == "analysis" {
		answer["stages"] = c.startStages(r, what.stages)
	} else {
		r.Workspace, r.Token = c.workspace(p), c.s.ids.Signs(32)
	}
	c.w.TouchRun(r)
	return answer, nil
}

// startStages makes a job for each stage of an analysis.
func (c *call) startStages(r *model.Run, stages []any) []string {
	jobs := []string{}
	for _, raw := range stages {
		stage, _ := raw.(map[string]any)
		program, _ := stage["executable"].(string)
		job := *r
		job.ID, job.Class, job.Executable, job.Analysis = c.s.ids.Next("job"), "job", program, r.ID
		job.Workspace, job.Token = c.workspace(c.w.Projects[r.Project]), c.s.ids.Signs(32)
		c.w.TouchRun(&job)
		jobs = append(jobs, job.ID)
		r.Stages = append(r.Stages, hash{"id": stage["id"], "execution": hash{"id": job.ID}})
	}
	return jobs
}

// workspace makes the container that a job works in.
func (c *call) workspace(p *model.Project) string {
	id := c.s.ids.Next("container")
	c.w.AddProject(&model.Project{
		ID: id, Class: "container", Name: id, Region: p.Region, BillTo: p.BillTo, Created: c.now, Modified: c.now, CreatedBy: c.user,
		Permissions: map[string]model.Level{c.user: model.Contribute}, Flags: map[string]bool{}, Properties: map[string]string{},
	})
	return id
}

// linked lists what an input refers to.
func linked(input any) []model.Link {
	var links []model.Link
	model.EachLink(input, func(l model.Link) { links = append(links, l) })
	return links
}

// computable refuses files that a job could not read: the copy in the project
// that the link names, else in the job's own, else any that the caller sees.
func (c *call) computable(l model.Link, home string) error {
	hint := cmp.Or(l.Project, home)
	cp, err := c.w.Find(c.user, l.ID, hint)
	if err != nil {
		return err
	}
	if cp.Object.State != model.Closed {
		return wire.InvalidState("%s is not in the closed state", l.ID)
	}
	if cp.Archival != "" && !c.w.Settings.Rules.Allows(cp.Archival, archival.Compute) {
		return wire.InvalidState("%s cannot be computed on in the archivalState %q", l.ID, cp.Archival)
	}
	return nil
}

// run finds the subject, for those who may see its project.
func (c *call) run(level model.Level) (*model.Run, error) {
	r := c.w.Runs[c.subject]
	if r == nil {
		return nil, wire.NotFound("%q could not be found", c.subject)
	}
	if _, err := c.w.Require(c.user, r.Project, level); err != nil {
		return nil, err
	}
	return r, c.in.Err()
}

var runDefaults = []string{
	"id", "class", "name", "executable", "executableName", "applet", "app", "workflow", "project", "workspace", "folder", "region", "billTo", "state",
	"function", "launchedBy", "created", "modified", "startedRunning", "stoppedRunning", "input", "originalInput", "runInput", "output",
	"parentJob", "parentAnalysis", "analysis", "originJob", "rootExecution", "failureReason", "failureMessage", "tags", "properties",
	"details", "totalPrice", "stages",
}

func describeRun(c *call) (any, error) {
	r, err := c.run(model.View)
	if err != nil {
		return nil, err
	}
	return c.runSheet(r, c.in), nil
}

func (c *call) runSheet(r *model.Run, in *wire.Input) hash {
	s := newSheet(in, r.ID, runDefaults)
	state := r.State(c.now)
	values := hash{
		"class": r.Class, "name": r.Name, "executable": r.Executable, "executableName": r.Program, "project": r.Project,
		"folder": r.Folder, "region": r.Region, "billTo": r.BillTo, "state": state, "launchedBy": r.User, "created": r.Created,
		"modified": min(c.now, r.DoneAt), "input": r.Input, "originalInput": r.Input, "runInput": r.Input, "output": nil,
		"parentJob": nil, "parentAnalysis": nil, "rootExecution": r.ID, "tags": list(r.Tags), "properties": texts(r.Properties),
		"details": r.Details, "totalPrice": 0,
	}
	values[ids.Class(r.Executable)] = r.Executable
	if r.Analysis != "" {
		values["analysis"], values["parentAnalysis"], values["rootExecution"] = r.Analysis, r.Analysis, r.Analysis
	}
	if r.Class == "job" {
		values["workspace"], values["function"], values["originJob"] = r.Workspace, "main", r.ID
		if c.now >= r.Started() {
			values["startedRunning"] = r.Started()
		}
	} else {
		values["stages"] = r.Stages
	}
	if r.Over(c.now) {
		values["stoppedRunning"] = r.DoneAt
		switch state {
		case "done":
			values["output"] = r.Output
		case "failed":
			values["failureReason"], values["failureMessage"] = "AppError", r.Failure
		}
	}
	for name, value := range values {
		s.set(name, value)
	}
	return s.out
}

func terminateRun(c *call) (any, error) {
	r, err := c.run(model.Contribute)
	if err != nil {
		return nil, err
	}
	if !r.Over(c.now) {
		r.Ended, r.DoneAt = "terminated", c.now
		c.w.TouchRun(r)
	}
	return hash{"id": r.ID}, nil
}

func (c *call) editRun(change func(*model.Run)) (any, error) {
	r, err := c.run(model.Contribute)
	if err != nil {
		return nil, err
	}
	change(r)
	c.w.TouchRun(r)
	return hash{"id": r.ID}, nil
}

func setRunProperties(c *call) (any, error) {
	set, cleared := c.in.Properties("properties", true)
	return c.editRun(func(r *model.Run) { r.Properties = merge(r.Properties, set, cleared) })
}

func addRunTags(c *call) (any, error) {
	tags := c.needTexts("tags")
	return c.editRun(func(r *model.Run) { r.Tags = unique(append(slices.Clone(r.Tags), tags...)) })
}

func removeRunTags(c *call) (any, error) {
	tags := c.needTexts("tags")
	return c.editRun(func(r *model.Run) { r.Tags = without(r.Tags, tags) })
}

// findExecutions lists jobs and analyses, the latest first.
func findExecutions(c *call) (any, error) {
	class, project, state := c.in.Text("class", ""), c.in.Text("project", ""), c.in.Text("state", "")
	switch c.method {
	case "findJobs":
		class = "job"
	case "findAnalyses":
		class = "analysis"
	}
	program, who := c.in.Text("executable", ""), c.in.Text("launchedBy", "")
	page, describe := c.pageOf(), describeInput(c.in, "describe")
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	if project != "" {
		if _, err := c.w.Require(c.user, project, model.View); err != nil {
			return nil, err
		}
	}
	runs := slices.SortedFunc(maps.Keys(c.w.Runs), func(a, b string) int {
		x, y := c.w.Runs[a], c.w.Runs[b]
		return cmp.Or(cmp.Compare(y.Created, x.Created), cmp.Compare(a, b))
	})
	return page.of(runs, func(id string) any {
		r := c.w.Runs[id]
		p := c.w.Projects[r.Project]
		switch {
		case p == nil, c.w.Explicit(c.user, p) < model.View && project == "",
			class != "" && r.Class != class, project != "" && r.Project != project,
			state != "" && r.State(c.now) != state, program != "" && r.Executable != program, who != "" && r.User != who:
			return nil
		}
		row := hash{"id": id}
		if describe != nil {
			row["describe"] = c.runSheet(r, describe)
		}
		return row
	}), c.in.Err()
}
