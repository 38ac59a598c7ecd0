package view

import "embed"

// Schemas are the JSON Schemas (draft 2020-12) of every -json document and
// line, one file per command and common.json for what they share. A document
// may gain members within one major format version, so the schemas do not
// forbid others.
//
//go:embed schemas/*.json
var Schemas embed.FS
