package state

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// oldestEngine is the first SQLite without the WAL-reset bug, which can
// corrupt a database that one process writes while another checkpoints it.
const oldestEngine = "3.51.3"

// writerPragmas set up the one connection that writes: a commit is on disk
// when it returns. The page size counts only when the file is still empty and
// not in WAL mode; the driver runs these by name, so that mode is set later.
// The cache of 16 MB takes up to 60: this SQLite's allocator rounds pages up.
var writerPragmas = []string{
	"busy_timeout(10000)", "page_size(8192)", "synchronous(FULL)",
	"cache_size(-16384)", "foreign_keys(1)", "temp_store(MEMORY)", "trusted_schema(0)",
}

// readerPragmas keep the cache small: a scan reads each page once.
var readerPragmas = []string{"busy_timeout(10000)", "query_only(1)", "cache_size(-4096)", "trusted_schema(0)"}

func openSQL(path string, readOnly bool) *sql.DB {
	query := url.Values{"_txlock": {"immediate"}, "_pragma": writerPragmas}
	conns := 1 // one writer: its transactions wait for each other
	if readOnly {
		query = url.Values{"mode": {"ro"}, "_pragma": readerPragmas}
		conns = 0 // a stream holds one while it looks words up through another
	}
	db, err := sql.Open("sqlite", fileURI(path)+"?"+query.Encode())
	if err != nil {
		// sql.Open fails only for an unknown driver, which the import rules out.
		panic(fmt.Sprintf("bug: open database: %v", err))
	}
	db.SetMaxOpenConns(conns)
	return db
}

// fileURI keeps a "?" or "#" in a folder's name from ending the path.
func fileURI(path string) string {
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return (&url.URL{Scheme: "file", Path: path}).String()
}

var engineVersion = sync.OnceValues(func() (string, error) {
	db, err := sql.Open("sqlite", ":memory:")
	if err != nil {
		return "", fmt.Errorf("ask for SQLite's version: %w", err)
	}
	defer func() { _ = db.Close() }() // in memory: nothing to lose
	var v string
	if err := db.QueryRow(queryEngineVersion).Scan(&v); err != nil {
		return "", fmt.Errorf("ask for SQLite's version: %w", err)
	}
	return v, nil
})

// checkEngine refuses a SQLite with the bug; a build can pull an old one in.
func checkEngine(context.Context) error {
	v, err := engineVersion()
	if err != nil {
		return err
	}
	if versionLess(v, oldestEngine) {
		return engineTooOld(v)
	}
	return nil
}

func versionLess(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range min(len(as), len(bs)) {
		x, errX := strconv.Atoi(as[i])
		y, errY := strconv.Atoi(bs[i])
		if errX != nil || errY != nil {
			return true
		}
		if x != y {
			return x < y
		}
	}
	return len(as) < len(bs)
}
