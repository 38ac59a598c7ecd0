package server

import (
	"errors"
	"io"
	"slices"
	"sort"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/store"
)

// content reads a file's parts as one; one part at a time is open.
type content struct {
	s     *Server
	parts []model.Part
	ends  []int64 // where each part ends
	at    int64
	open  store.Blob
	which int // part that is open
}

var _ io.ReadSeeker = (*content)(nil)

func newContent(s *Server, o *model.Object) *content {
	c := &content{s: s, parts: slices.Clone(o.Parts), which: -1}
	end := int64(0)
	for _, part := range c.parts {
		end += part.Size
		c.ends = append(c.ends, end)
	}
	return c
}

func (c *content) size() int64 {
	if len(c.ends) == 0 {
		return 0
	}
	return c.ends[len(c.ends)-1]
}

// Read gives the next bytes, of one part at most.
func (c *content) Read(p []byte) (int, error) {
	if c.at >= c.size() {
		return 0, io.EOF
	}
	i := sort.Search(len(c.ends), func(i int) bool { return c.ends[i] > c.at })
	if c.which != i {
		c.close()
		blob, err := c.s.openPart(c.parts[i])
		if err != nil {
			return 0, err
		}
		c.open, c.which = blob, i
	}
	left := c.ends[i] - c.at
	n, err := c.open.ReadAt(p[:min(int64(len(p)), left)], c.parts[i].Size-left)
	c.at += int64(n)
	if errors.Is(err, io.EOF) && n > 0 {
		err = nil
	}
	return n, err
}

// Seek moves to another place.
func (c *content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.at
	case io.SeekEnd:
		offset += c.size()
	}
	if offset < 0 {
		return 0, errors.New("seek before the beginning of a file")
	}
	c.at = offset
	return offset, nil
}

func (c *content) close() {
	if c.open != nil {
		_ = c.open.Close() // it was only read
		c.open, c.which = nil, -1
	}
}
