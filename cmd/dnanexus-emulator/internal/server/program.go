package server

import (
	"maps"
	"slices"
	"strings"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/ids"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

func newRecord(c *call) (any, error) {
	closes := c.in.Bool("close", false)
	d, err := c.draftOf("record")
	if err != nil {
		return nil, err
	}
	answer := c.make(d)
	if closes {
		c.w.Close(d.object, c.now, 0)
	}
	return answer, nil
}

// general are the keys that every data object has; the rest of an input is the
// program itself.
var general = []string{
	"project", "name", "folder", "parents", "tags", "types", "properties", "hidden", "details", "initializeFrom", "nonce", "close",
}

func specOf(in *wire.Input) hash {
	spec := hash{}
	for name, value := range in.Keys() {
		if !slices.Contains(general, name) {
			spec[name] = value
		}
	}
	return spec
}

func newApplet(c *call) (any, error) {
	run := c.in.Hash("runSpec")
	if run == nil {
		c.in.Fail(wire.InvalidInput("Expected key \"runSpec\" of input to be a hash"))
	}
	inner := wire.Of(run)
	inner.NeedText("interpreter")
	if err := inner.Err(); err != nil {
		c.in.Fail(wire.InvalidInput("Expected key \"interpreter\" of \"runSpec\" of input to be a nonempty string"))
	}
	c.in.NeedText("dxapi")
	d, err := c.draftOf("applet")
	if err != nil {
		return nil, err
	}
	d.object.Spec, d.object.State = specOf(c.in), model.Closed
	bundle(run, d.project.Region)
	return c.make(d), nil
}

// bundle gives a program's runSpec the list of what it brings along in each
// region, as the platform does: clients count on it, empty as it may be.
func bundle(run hash, region string) {
	byRegion, _ := run["bundledDependsByRegion"].(map[string]any)
	if byRegion == nil {
		byRegion = hash{}
		run["bundledDependsByRegion"] = byRegion
	}
	if byRegion[region] == nil {
		here, _ := run["bundledDepends"].([]any)
		byRegion[region] = append([]any{}, here...)
	}
}

func newWorkflow(c *call) (any, error) {
	stages := c.in.List("stages")
	for i, raw := range stages {
		stage, ok := raw.(map[string]any)
		if !ok {
			c.in.Fail(wire.InvalidInput("Expected key \"stages\" of input to be an array of hashes"))
			break
		}
		if id, _ := stage["id"].(string); id == "" {
			stage["id"] = "stage-" + c.s.ids.Signs(ids.Length)
		}
		program, _ := stage["executable"].(string)
		program, _, _ = strings.Cut(program, "/") // an app's version
		if class := ids.Class(program); class != "applet" && class != "app" {
			c.in.Fail(wire.InvalidInput("Expected key \"executable\" of stage %d of input to be an applet or an app", i))
		}
	}
	d, err := c.draftOf("workflow")
	if err != nil {
		return nil, err
	}
	spec := d.object.Spec // of the one that it is made of
	d.object.Spec = specOf(c.in)
	for name, value := range spec {
		if !c.in.Names(name) && name != "editVersion" {
			d.object.Spec[name] = value
		}
	}
	defaults := hash{"stages": stages, "inputs": nil, "outputs": nil, "outputFolder": nil, "editVersion": 0, "dxapi": "1.0.0"}
	if stages == nil {
		defaults["stages"] = []any{}
	}
	for name, value := range defaults {
		if d.object.Spec[name] == nil {
			d.object.Spec[name] = value
		}
	}
	return c.make(d), nil
}

// getApplet is the description with the program's code.
func getApplet(c *call) (any, error) {
	cp, err := c.w.Find(c.user, c.subject, c.in.Text("project", ""))
	if err != nil {
		return nil, err
	}
	whole := c.sheetOf(cp, wire.Of(hash{"properties": true, "details": true}))
	maps.Copy(whole, cp.Object.Spec)
	return whole, c.in.Err()
}

// programName is what a run of something is called.
func programName(name, id string) string {
	if name == "" {
		return id
	}
	return name
}
