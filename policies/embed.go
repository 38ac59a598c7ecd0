// Package policies is the shipped policy library: controls in Rego with their
// tests, helpers, packs and data, embedded. What goes in is files; what comes
// out is one read-only file system. It contains no Go logic.
package policies

import "embed"

// FS holds control/ (one file and its test per control), lib/ (helpers),
// packs/ (manifests of ids with severities and parameters) and data/ (figures
// from laws and standards).
//
//go:embed control lib packs data
var FS embed.FS
