package dnanexus

import "math"

// usage is what a project says that it stores, in GB, in standard and in archival
// storage; nil where it does not say, or where the source is but a folder of it.
// What it proves is little: of objects without bytes, of names, folders and tags
// it knows nothing, and two changes may cancel each other. So it is never a
// reason to rest on a listing, only one not to.
type usage struct {
	Live *float64 `json:"live"`
	Cold *float64 `json:"cold"`
}

// doubt compares with the usage at the listing before. added is by how many
// bytes closed files grew since then, as far as anything was seen to change.
func (u usage) doubt(before *outline, added int64) string {
	was := before.Usage
	if u.Live == nil || u.Cold == nil || was.Live == nil || was.Cold == nil {
		return ""
	}
	if *u.Cold != *was.Cold {
		return "files went into the archive or came back"
	}
	const unseen = "the project stores more or less than what was seen to change"
	if added == 0 {
		if *u.Live != *was.Live {
			return unseen
		}
		return ""
	}
	unit := unitOf(*was.Live+*was.Cold, before.Bytes)
	if unit != 0 && math.Abs((*u.Live-*was.Live)*unit-float64(added)) > slack(before.Bytes) {
		return unseen
	}
	return ""
}

// unitOf is how many bytes a GB of the platform's has, by what it said of files
// whose sizes are known; 0 where it counts otherwise.
func unitOf(gb float64, bytes int64) float64 {
	for _, unit := range []float64{1e9, 1 << 30} {
		if math.Abs(gb*unit-float64(bytes)) <= slack(bytes) {
			return unit
		}
	}
	return 0
}

// slack is what the fractions of a GB lose.
func slack(bytes int64) float64 { return max(1024, float64(bytes)*1e-9) }
