package state

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// Rows of one batch have most of their columns in common: where they go, when,
// why and under which run. A statement for rows that are alike takes those once,
// so that a driver which pays for each value has a third of them to bind.

// ownColumns are the places, within a row of copyInsertColumns, of what differs
// from row to row: path, facts, size, mtime, retain_until, id, digest.
var ownColumns = [...]int{1, 4, 7, 8, 13, 18, 19}

// upsertAlike is upsertCopies for rows that are alike: first the values that all
// have in common, then each row's own. Places have no numbers: SQLite looks long
// for the name of one.
func upsertAlike(rows int) string {
	var columns, common []string
	for column := range copyPlaces {
		if i := slices.Index(ownColumns[:], column); i >= 0 {
			columns = append(columns, "own.column"+strconv.Itoa(i+1)) // as VALUES calls them
			continue
		}
		name := "c" + strconv.Itoa(column)
		columns, common = append(columns, "common."+name), append(common, "? AS "+name)
	}
	row := "(?" + strings.Repeat(", ?", len(ownColumns)-1) + ")"
	return `INSERT INTO copies (` + copyInsertColumns + `) SELECT ` + strings.Join(columns, ", ") +
		` FROM (SELECT ` + strings.Join(common, ", ") + `) AS common CROSS JOIN (VALUES ` + row + strings.Repeat(", "+row, rows-1) +
		`) AS own WHERE true` + onConflict()
}

// alike gives the values of rows as upsertAlike takes them, if they are; args are
// those rows as upsertCopies takes them.
func alike(args []any) (packed []any, ok bool) {
	packed = make([]any, 0, copyPlaces+len(args)/copyPlaces*len(ownColumns))
	for column := range copyPlaces {
		if slices.Contains(ownColumns[:], column) {
			continue
		}
		for at := column + copyPlaces; at < len(args); at += copyPlaces {
			if !sameValue(args[column], args[at]) {
				return nil, false
			}
		}
		packed = append(packed, args[column])
	}
	for row := 0; row < len(args); row += copyPlaces {
		for _, column := range ownColumns {
			packed = append(packed, args[row+column])
		}
	}
	return packed, true
}

func sameValue(a, b any) bool {
	x, isBlob := a.([]byte)
	if !isBlob {
		return a == b
	}
	y, too := b.([]byte)
	return too && bytes.Equal(x, y) && (x == nil) == (y == nil)
}
