package storage

import "time"

// Keeping says where a source may keep what a listing saw, and when a later one
// may rest on it.
type Keeping struct {
	Path   string        // of the file, in a folder that is there; "" keeps nothing
	Bound  string        // what a kept listing must have been made for; any other is not used
	Serial int64         // of the state; a listing kept for a later one is not used
	Age    time.Duration // a listing rests on a whole one that is younger than this
	Now    time.Time
	Whole  bool // ask for everything
}

// Listed is how a listing came about.
type Listed struct {
	Incremental bool      // what was not seen to change was taken from the listing that is kept
	Whole       time.Time // begin of the last listing that asked for everything
	Since       time.Time // incremental: what changed after this was asked for
	Why         string    // why everything was asked for, where something was kept
}

// Incremental is implemented by sources that can list what changed since they
// were listed before. The stream is whole and in order as ever; but an object of
// which nothing was asked may have gone, moved or changed its tier meanwhile. So
// an incremental listing proves what it saw to be there, and nothing to be gone:
// who wants to act on an absence asks for everything.
type Incremental interface {
	// Keep is called before List. In doubt everything is asked for.
	Keep(Keeping)
	// Listed tells of the listing under way, or else of the last one.
	Listed() Listed
}
