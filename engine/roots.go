package engine

import (
	"context"
	"time"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/engine/storage"
)

// rootOf is the evidence of what a source's own folder is; none where the source
// has no such folder, or is not open.
func rootOf(ctx context.Context, name string, src storage.Source, at time.Time) ([]record.Evidence, error) {
	rooted, ok := src.(storage.Rooted)
	if !ok {
		return nil, nil
	}
	e, d, err := rooted.Root(ctx)
	if err != nil {
		return nil, err
	}
	r := record.Root{Source: name, Mode: e.Mode, UID: e.UID, GID: e.GID, MTimeNS: e.MTime}
	for key, value := range d.Xattrs {
		if r.Xattrs == nil {
			r.Xattrs = map[string][]byte{}
		}
		r.Xattrs[key] = []byte(value)
	}
	detail, err := r.Detail()
	return []record.Evidence{{Kind: record.RootKind, At: at.UnixMilli(), Detail: detail}}, err
}

// root is the metadata of the source's own folder as it was then, which comes back
// with a whole source, not with some of its objects; nil if nobody recorded it.
func (j *restoreJob) root(ctx context.Context) (*storage.Meta, error) {
	if j.r.Path != "" || j.r.Backup != "" {
		return nil, nil
	}
	return rootAt(ctx, j.st, j.name, j.r.At)
}

// rootAt is what a source's own folder was at a time; zero: when it was applied
// last.
func rootAt(ctx context.Context, st *state.State, name string, at time.Time) (*storage.Meta, error) {
	var found *record.Root
	latest := int64(0)
	for e, err := range st.Evidence(ctx, record.RootKind) {
		if err != nil {
			return nil, err
		}
		if e.At < latest || !at.IsZero() && e.At > at.UnixMilli() {
			continue
		}
		r, err := record.ParseRoot(e.Detail)
		if err != nil {
			return nil, err
		}
		if r.Source == name {
			found, latest = &r, e.At
		}
	}
	if found == nil {
		return nil, nil
	}
	m := &storage.Meta{Kind: storage.Directory, Mode: found.Mode, UID: found.UID, GID: found.GID, MTime: found.MTimeNS}
	for key, value := range found.Xattrs {
		if m.Xattrs == nil {
			m.Xattrs = map[string]string{}
		}
		m.Xattrs[key] = string(value)
	}
	return m, nil
}
