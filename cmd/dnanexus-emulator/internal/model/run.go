package model

import "slices"

// Run is a job or an analysis.
type Run struct {
	ID         string            `json:"id"`
	Class      string            `json:"class"`
	Name       string            `json:"name"`
	Executable string            `json:"executable"`
	Program    string            `json:"program"` // its name
	Project    string            `json:"project"`
	Workspace  string            `json:"workspace"`
	Folder     string            `json:"folder"`
	Region     string            `json:"region"`
	BillTo     string            `json:"billTo"`
	User       string            `json:"user"`
	Created    int64             `json:"created"`
	DoneAt     int64             `json:"doneAt"`
	Ended      string            `json:"ended"` // done, failed, terminated
	Failure    string            `json:"failure"`
	Input      any               `json:"input"`
	Output     any               `json:"output"`
	Details    any               `json:"details"`
	Tags       []string          `json:"tags"`
	Properties map[string]string `json:"properties"`
	Analysis   string            `json:"analysis"`
	Stages     []any             `json:"stages"`
	Token      string            `json:"token"` // that a program in the job would hold
}

// State is where a run stands at an instant: it waits for a machine for a tenth
// of its time, then it runs.
func (r *Run) State(now int64) string {
	switch {
	case r.Ended != "" && now >= r.DoneAt:
		return r.Ended
	case r.Class == "analysis":
		return "in_progress"
	case now < r.Started():
		return "runnable"
	}
	return "running"
}

// Started is when a run's machine began.
func (r *Run) Started() int64 { return r.Created + (r.DoneAt-r.Created)/10 }

// Over tells whether a run has ended.
func (r *Run) Over(now int64) bool { return now >= r.DoneAt }

// ByJobToken finds the job that a token belongs to; nil when none.
func (w *World) ByJobToken(token string) *Run {
	for _, r := range w.Runs {
		if r.Token == token && token != "" {
			return r
		}
	}
	return nil
}

// TouchRun notes that a run must be saved.
func (w *World) TouchRun(r *Run) {
	w.Runs[r.ID] = r
	w.touch("run", r.ID, r)
}

// App is a program that is published under a name, in versions.
type App struct {
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Version    string         `json:"version"`
	Applet     string         `json:"applet"`
	BillTo     string         `json:"billTo"`
	Created    int64          `json:"created"`
	Modified   int64          `json:"modified"`
	CreatedBy  string         `json:"createdBy"`
	Published  int64          `json:"published"`
	Deleted    bool           `json:"deleted"`
	Developers []string       `json:"developers"`
	Users      []string       `json:"users"` // authorised; PUBLIC for all
	Regions    []string       `json:"regions"`
	Spec       map[string]any `json:"spec"`
	Resources  string         `json:"resources"` // container of what it brings along
	Aliases    []string       `json:"aliases"`   // besides the version
}

// TouchApp notes that an app must be saved.
func (w *World) TouchApp(a *App) {
	w.Apps[a.ID] = a
	w.touch("app", a.ID, a)
}

// AppNamed finds a version of an app; without a version the latest published
// one, or the latest of all.
func (w *World) AppNamed(name, version string) *App {
	var best *App
	for _, id := range Sorted(w.Apps) {
		a := w.Apps[id]
		if a.Name != name || a.Deleted {
			continue
		}
		switch {
		case version != "" && version != "default":
			if a.Version == version || slices.Contains(a.Aliases, version) {
				return a
			}
		case best == nil, a.Published > best.Published, a.Published == best.Published && a.Created > best.Created:
			best = a
		}
	}
	return best
}
