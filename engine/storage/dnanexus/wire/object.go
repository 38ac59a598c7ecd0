package wire

import "encoding/json"

// Object is what the platform describes of a data object in a project. Which
// members are filled in depends on what was asked for. Times are milliseconds
// since the epoch.
type Object struct {
	ID         string            `json:"id"`
	Project    string            `json:"project"`
	Class      string            `json:"class"`
	Name       string            `json:"name"`
	Folder     string            `json:"folder"`
	State      string            `json:"state"` // open, closing, closed
	Hidden     bool              `json:"hidden"`
	Sponsored  bool              `json:"sponsored"`
	Size       int64             `json:"size"` // of a closed file
	Created    int64             `json:"created"`
	Modified   int64             `json:"modified"`
	CreatedBy  CreatedBy         `json:"createdBy"`
	Tags       []string          `json:"tags"`
	Types      []string          `json:"types"`
	Properties map[string]string `json:"properties"`
	Details    json.RawMessage   `json:"details"`
	Links      json.RawMessage   `json:"links"`
	Media      string            `json:"media"`
	Archival   string            `json:"archivalState"` // live, archival, archived, unarchiving
	Parts      map[string]Part   `json:"parts"`         // by number, from 1
}

// CreatedBy says who made an object, and in which job.
type CreatedBy struct {
	User       string `json:"user"`
	Job        string `json:"job"`
	Executable string `json:"executable"`
}

// Part is a piece of a file. Once the file is closed, State is "complete".
type Part struct {
	State string `json:"state"`
	Size  int64  `json:"size"`
	MD5   string `json:"md5"` // hex
}

// Found is one row of a search: an object in one of its projects.
type Found struct {
	Project  string `json:"project"`
	ID       string `json:"id"`
	Describe Object `json:"describe"`
}

// Described is one answer of many: the object, or why it is missing.
type Described struct {
	Describe Object          `json:"describe"`
	Error    json.RawMessage `json:"error"`
}

// Fields is the "describe" of a question that asks for these members alone.
func Fields(names ...string) map[string]any {
	fields := map[string]bool{}
	for _, name := range names {
		fields[name] = true
	}
	return map[string]any{"fields": fields}
}
