package engine

import (
	"fmt"

	"github.com/backstay/backstay/engine/diff"
	"github.com/backstay/backstay/engine/scope"
)

// CheckTarget tells what is wrong with a pattern for -target or -exclude: an
// address, or a glob on paths. It looks at the text alone.
func CheckTarget(pattern string) error {
	if err := diff.CheckPattern(pattern); err != nil {
		return fmt.Errorf("it is an address such as backup.runs, or a path pattern such as \"/runs/**\": %w", err)
	}
	return nil
}

// CheckPath tells what is wrong with a pattern on paths.
func CheckPath(pattern string) error {
	if _, err := scope.CompileGlob(pattern); err != nil {
		return fmt.Errorf("it is a path pattern such as \"/runs/**/*.fastq.gz\": %w", err)
	}
	return nil
}
