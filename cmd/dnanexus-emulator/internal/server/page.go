package server

import (
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// maxPage is the largest page that a find method gives.
const maxPage = 1000

// page is a stretch of a list of entities in the order of a key that grows.
type page struct {
	limit    int
	starting string
}

// pageOf reads limit and starting of the methods whose next is a string.
func (c *call) pageOf() *page {
	return &page{limit: int(c.in.Int("limit", maxPage, 1, maxPage)), starting: c.in.Text("starting", "")}
}

// of asks row for each key from the page's beginning until it is full; a nil
// row is none. The next page starts with the first row that did not fit.
func (p *page) of(keys []string, row func(key string) any) hash {
	results, begun := []any{}, p.starting == ""
	for _, key := range keys {
		begun = begun || key == p.starting
		if !begun {
			continue
		}
		one := row(key)
		if one == nil {
			continue
		}
		if len(results) == p.limit {
			return hash{"results": results, "next": key}
		}
		results = append(results, one)
	}
	return hash{"results": results, "next": nil}
}

// cursor is where a page of findDataObjects ended.
type cursor struct {
	project, id string
	modified    int64
	offset      int // of a sorted answer
}

func (c *call) cursor() *cursor {
	raw := c.in.Hash("starting")
	if raw == nil {
		return nil
	}
	in := wire.Of(raw)
	at := &cursor{
		project: in.Text("project", ""), id: in.Text("id", ""),
		modified: in.Int("modified", 0, 0, 1<<53), offset: int(in.Int("offset", 0, 0, 1<<53)),
	}
	if in.Err() != nil || at.project == "" && at.offset == 0 {
		c.in.Fail(wire.InvalidInput("Expected key \"starting\" of input to be the \"next\" of an earlier answer"))
	}
	return at
}
