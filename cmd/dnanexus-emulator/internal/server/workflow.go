package server

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/ids"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// edition is one edit of a workflow: who edits says which edition they saw, and
// an edit of an older one is refused.
type edition struct {
	c      *call
	copy   *model.Copy
	stages []any
}

// edition begins an edit of an open workflow.
func (c *call) edition() (*edition, error) {
	seen := c.in.Int("editVersion", -1, 0, 1<<53)
	if !c.in.Has("editVersion") {
		c.in.Fail(wire.InvalidInput("Expected key \"editVersion\" of input to be an integer"))
	}
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	cp, err := c.w.Find(c.user, c.subject, c.in.Text("project", ""))
	if err != nil {
		return nil, err
	}
	if err := c.mayEdit(cp); err != nil {
		return nil, err
	}
	if cp.Object.State != model.Open {
		return nil, wire.InvalidState("%s is not in the open state", cp.Object.ID)
	}
	have := versionOf(cp.Object)
	if seen != have {
		return nil, wire.InvalidState("%s has the editVersion %d, not %d", cp.Object.ID, have, seen)
	}
	stages, _ := cp.Object.Spec["stages"].([]any)
	return &edition{c: c, copy: cp, stages: slices.Clone(stages)}, nil
}

// versionOf is how often a workflow was edited, as it was kept or made.
func versionOf(o *model.Object) int64 {
	n, _ := strconv.ParseInt(fmt.Sprint(o.Spec["editVersion"]), 10, 64) // never edited is 0
	return n
}

// end keeps what was edited, as the next edition.
func (e *edition) end(spec hash, more hash) (any, error) {
	o := e.copy.Object
	have := versionOf(o)
	edited := maps.Clone(o.Spec)
	maps.Copy(edited, spec)
	edited["stages"], edited["editVersion"] = e.stages, have+1
	o.Spec = edited
	e.c.w.ChangeAll(o, e.c.now)
	answer := hash{"id": o.ID, "editVersion": have + 1}
	maps.Copy(answer, more)
	return answer, nil
}

// at finds a stage by its id.
func (e *edition) at(id string) (int, hash, error) {
	for i, raw := range e.stages {
		if stage, ok := raw.(map[string]any); ok && stage["id"] == id {
			return i, maps.Clone(stage), nil
		}
	}
	return 0, nil, wire.NotFound("The stage %q could not be found in %s", id, e.copy.Object.ID)
}

// stageKeys are what a stage may hold besides its id and its program.
var stageKeys = []string{"name", "folder", "input", "executionPolicy", "systemRequirements"}

func addStage(c *call) (any, error) {
	program := c.in.NeedText("executable")
	e, err := c.edition()
	if err != nil {
		return nil, err
	}
	if _, err := c.program(program); err != nil {
		return nil, err
	}
	id := c.in.Text("id", "stage-"+c.s.ids.Signs(ids.Length))
	if _, _, err := e.at(id); err == nil {
		return nil, wire.InvalidInput("Expected key \"id\" of input to be one that no stage has, not %q", id)
	}
	stage := hash{"id": id, "executable": program, "name": nil, "folder": nil, "input": hash{}, "executionPolicy": hash{}, "systemRequirements": hash{}}
	for _, key := range stageKeys {
		if value := c.in.Keys()[key]; value != nil {
			stage[key] = value
		}
	}
	e.stages = append(e.stages, stage)
	return e.end(nil, hash{"stage": id})
}

func moveStage(c *call) (any, error) {
	id, to := c.in.NeedText("stage"), int(c.in.Int("newIndex", 0, 0, 1<<31))
	e, err := c.edition()
	if err != nil {
		return nil, err
	}
	from, stage, err := e.at(id)
	if err != nil {
		return nil, err
	}
	if to >= len(e.stages) {
		return nil, wire.InvalidInput("Expected key \"newIndex\" of input to be less than %d", len(e.stages))
	}
	e.stages = slices.Insert(slices.Delete(e.stages, from, from+1), to, any(stage))
	return e.end(nil, nil)
}

func removeStage(c *call) (any, error) {
	id := c.in.NeedText("stage")
	e, err := c.edition()
	if err != nil {
		return nil, err
	}
	i, _, err := e.at(id)
	if err != nil {
		return nil, err
	}
	e.stages = slices.Delete(e.stages, i, i+1)
	return e.end(nil, nil)
}

// updateWorkflow changes what the input names of the workflow and of its
// stages; null takes a value away, of an input one key.
func updateWorkflow(c *call) (any, error) {
	stages := c.in.Hash("stages")
	e, err := c.edition()
	if err != nil {
		return nil, err
	}
	for _, id := range model.Sorted(stages) {
		i, stage, err := e.at(id)
		changes, ok := stages[id].(map[string]any)
		if err != nil {
			return nil, err
		}
		if !ok {
			return nil, wire.InvalidInput("Expected key %q of \"stages\" of input to be a hash", id)
		}
		amend(stage, changes)
		e.stages[i] = stage
	}
	spec := hash{}
	for _, key := range []string{"title", "summary", "description", "outputFolder", "inputs", "outputs"} {
		if c.in.Names(key) {
			spec[key] = c.in.Keys()[key]
		}
	}
	return e.end(spec, nil)
}

func amend(stage, changes hash) {
	for _, key := range stageKeys {
		value, named := changes[key]
		inputs, ok := value.(map[string]any)
		switch {
		case !named:
		case key == "input" && ok:
			old, _ := stage["input"].(map[string]any)
			merged := maps.Clone(old)
			if merged == nil {
				merged = hash{}
			}
			maps.Copy(merged, inputs)
			maps.DeleteFunc(merged, func(_ string, v any) bool { return v == nil })
			stage["input"] = merged
		default:
			stage[key] = value
		}
	}
}

// updateStageExecutable lets a stage run another program, of the same inputs
// and outputs unless it is forced: then inputs that the new one lacks are gone.
func updateStageExecutable(c *call) (any, error) {
	id, program, force := c.in.NeedText("stage"), c.in.NeedText("executable"), c.in.Bool("force", false)
	e, err := c.edition()
	if err != nil {
		return nil, err
	}
	i, stage, err := e.at(id)
	if err != nil {
		return nil, err
	}
	next, err := c.program(program)
	if err != nil {
		return nil, err
	}
	old, _ := stage["executable"].(string)
	last, err := c.program(old)
	compatible := err == nil && reflect.DeepEqual(last["inputSpec"], next["inputSpec"]) && reflect.DeepEqual(last["outputSpec"], next["outputSpec"])
	if !compatible && !force {
		return nil, wire.InvalidState("%s is not compatible with the stage %q: its inputs or outputs differ", program, id)
	}
	stage["executable"] = program
	if !compatible {
		inputs, _ := stage["input"].(map[string]any)
		kept := maps.Clone(inputs)
		maps.DeleteFunc(kept, func(name string, _ any) bool { return !takes(next, name) })
		stage["input"] = kept
	}
	e.stages[i] = stage
	return e.end(nil, hash{"compatible": compatible})
}

// takes tells whether a program has an input of a name.
func takes(program hash, name string) bool {
	inputs, _ := program["inputSpec"].([]any)
	return slices.ContainsFunc(inputs, func(raw any) bool {
		input, _ := raw.(map[string]any)
		return input["name"] == name
	})
}

// program finds what an applet or an app was made with.
func (c *call) program(id string) (hash, error) {
	if ids.Class(id) == "applet" {
		cp, err := c.w.Find(c.user, id, "")
		if err != nil {
			return nil, err
		}
		return cp.Object.Spec, nil
	}
	inner := *c
	inner.subject = id
	a, err := inner.app()
	if err != nil {
		return nil, err
	}
	return a.Spec, nil
}
