package planfile

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/crc32"
)

// section is what the end says of one section.
type section struct {
	Bytes  int64  `json:"bytes"`
	Lines  int64  `json:"lines"`
	SHA256 string `json:"sha256"`
}

// end is the last line: sizes and digests of all before it.
type end struct {
	Header  section `json:"header"`
	Changes section `json:"changes"`
	Trailer section `json:"trailer"`
	SHA256  string  `json:"sha256"`
}

// gzipHeader is that of every member: deflate, no flags, no time, no known
// operating system. The ninth byte tells the writer's level.
var gzipHeader = []byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255}

// encode gives the end as a gzip member of one stored block: every end has the
// same length, so that a reader finds it from behind.
func (e *end) encode() []byte {
	part := func(name string, s section) string {
		return fmt.Sprintf(`"%s":{"bytes":%20d,"lines":%20d,"sha256":"%64s"}`, name, s.Bytes, s.Lines, s.SHA256)
	}
	line := fmt.Appendf(nil, `{"end":{%s,%s,%s,"sha256":"%64s"}}`+"\n",
		part("header", e.Header), part("changes", e.Changes), part("trailer", e.Trailer), e.SHA256)
	b := append(bytes.Clone(gzipHeader), 1) // one stored block, the last
	b = binary.LittleEndian.AppendUint16(b, uint16(len(line)))
	b = binary.LittleEndian.AppendUint16(b, ^uint16(len(line)))
	b = append(b, line...)
	b = binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(line))
	return binary.LittleEndian.AppendUint32(b, uint32(len(line)))
}

// endLength is the length of every end in a file.
var endLength = int64(len(new(end).encode()))

// decodeEnd reads what encode wrote, and nothing else.
func decodeEnd(b []byte) (*end, error) {
	const before, after = 15, 8 // gzip header and block header; checksum and length
	var line struct {
		End end `json:"end"`
	}
	if int64(len(b)) != endLength {
		return nil, fmt.Errorf("%w: it is cut short", ErrDamaged)
	}
	if err := json.Unmarshal(b[before:len(b)-after], &line); err != nil {
		return nil, fmt.Errorf("%w: its end is not there or cannot be read", ErrDamaged)
	}
	e := &line.End
	if !bytes.Equal(e.encode(), b) {
		return nil, fmt.Errorf("%w: its end is not as a writer writes it", ErrDamaged)
	}
	for _, s := range []section{e.Header, e.Changes, e.Trailer} {
		if s.Bytes < 0 || s.Lines < 0 {
			return nil, fmt.Errorf("%w: its end has a negative size", ErrDamaged)
		}
	}
	return e, nil
}

func hexSum(sum []byte) string { return hex.EncodeToString(sum) }
