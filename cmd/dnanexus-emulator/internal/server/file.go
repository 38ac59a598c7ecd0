package server

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// What a file may be cut into.
const (
	maximumPart  = 5 << 30
	maximumParts = 10000
	maximumFile  = 5 << 40
)

// uploadParameters is what uploaders read before they cut a file.
func (c *call) uploadParameters() hash {
	return hash{
		"minimumPartSize": c.w.Settings.MinimumPartSize, "maximumPartSize": maximumPart,
		"maximumNumParts": maximumParts, "maximumFileSize": maximumFile, "emptyLastPartAllowed": true,
	}
}

func newFile(c *call) (any, error) {
	media := c.in.Text("media", "")
	d, err := c.draftOf("file")
	if err != nil {
		return nil, err
	}
	if d.project.Flag("externalUploadRestricted") && c.job == nil {
		return nil, wire.PermissionDenied("uploads from outside the platform are restricted in %s", d.project.ID)
	}
	if media != "" {
		d.object.Media = media
	}
	return c.make(d), nil
}

// upload gives a URL for one part of an open file.
func upload(c *call) (any, error) {
	index := int(c.in.Int("index", 1, 1, maximumParts))
	size := c.in.Int("size", -1, 0, maximumPart)
	sum := c.in.NeedText("md5")
	raw, err := hex.DecodeString(sum)
	if err != nil || len(raw) != 16 {
		c.in.Fail(wire.InvalidInput("Expected key \"md5\" of input to be a string of 32 hexadecimal digits"))
	}
	if size < 0 {
		c.in.Fail(wire.InvalidInput("Expected key \"size\" of input to be an integer"))
	}
	o, err := c.openFile()
	if err != nil {
		return nil, err
	}
	if have := o.Part(index); have == nil {
		c.w.SetPart(o, model.Part{Index: index, Pending: true})
	}
	expires := c.now + c.w.Settings.URLLife
	path := fmt.Sprintf("/U/%s/%d/%d/%s/%d", o.ID, index, size, sum, expires)
	return hash{
		"url": c.base() + path + "/" + c.s.sign(path), "expires": expires,
		"headers": hash{
			"content-length": strconv.FormatInt(size, 10), "content-type": "application/octet-stream",
			"content-md5": base64.StdEncoding.EncodeToString(raw),
		},
	}, nil
}

// openFile finds the subject for a change of its bytes.
func (c *call) openFile() (*model.Object, error) {
	cp, err := c.w.Find(c.user, c.subject, "")
	if err != nil {
		return nil, err
	}
	if _, err := c.w.Require(c.user, cp.In, model.Upload); err != nil {
		return nil, err
	}
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	if cp.Object.State != model.Open {
		return nil, wire.InvalidState("%s is not in the open state", c.subject)
	}
	return cp.Object, nil
}

// closeFile freezes a file whose parts have all come; a repeated call changes
// nothing.
func closeFile(c *call) (any, error) {
	cp, err := c.w.Find(c.user, c.subject, "")
	if err != nil {
		return nil, err
	}
	if _, err := c.w.Require(c.user, cp.In, model.Upload); err != nil {
		return nil, err
	}
	if cp.Object.State != model.Open {
		return hash{"id": c.subject}, nil
	}
	if err := closable(cp.Object, c.w.Settings.MinimumPartSize); err != nil {
		return nil, err
	}
	c.w.Close(cp.Object, c.now, c.w.Settings.CloseDelay)
	return hash{"id": c.subject}, nil
}

func closable(o *model.Object, least int64) error {
	if len(o.Parts) == 0 {
		return wire.InvalidState("%s has no parts and cannot be closed", o.ID)
	}
	for i, part := range o.Parts {
		if part.Pending {
			return wire.InvalidState("Part %d of %s has not been uploaded", part.Index, o.ID)
		}
		if i < len(o.Parts)-1 && part.Size < least {
			return wire.InvalidState("Part %d of %s has %d bytes; all but the last need %d", part.Index, o.ID, part.Size, least)
		}
	}
	return nil
}

// download gives a URL for the bytes of a file.
func download(c *call) (any, error) {
	duration := c.in.Int("duration", 24*60*60, 1, 100*365*24*60*60)
	filename := c.in.Text("filename", "")
	open := c.in.Bool("preauthenticated", false)
	named := c.in.Text("project", "")
	if err := c.in.Err(); err != nil {
		return nil, err
	}
	cp, err := c.downloadable(named)
	if err != nil {
		return nil, err
	}
	if filename == "" {
		filename = cp.Name
	}
	expires := c.now + duration*1000
	answer := hash{"expires": expires, "headers": hash{}}
	if open {
		payer := strings.TrimPrefix(cp.In, "project-") // a URL names the project only if the question did
		if named != "" {
			payer = named
		}
		path := fmt.Sprintf("/F/D/%s/%s/%d", c.subject, payer, expires)
		answer["url"] = c.base() + path + "/" + c.s.sign(path) + "/" + url.PathEscape(filename)
	} else {
		path := "/F/" + c.subject
		if named != "" {
			path += "/" + named
		}
		answer["url"] = c.base() + path
		claim := fmt.Sprintf("%s/%s/%d", c.subject, cp.In, expires)
		answer["headers"] = hash{"Authorization": "Bearer " + claim + "/" + c.s.sign(claim)}
	}
	if cp.Object.Malicious {
		answer["security_status"] = "FLAGGED_MALICIOUS"
	}
	return answer, nil
}

// downloadable finds the copy whose project pays for the egress: the named one,
// strictly, else the first that allows it.
func (c *call) downloadable(named string) (*model.Copy, error) {
	if named != "" {
		p, err := c.w.Require(c.user, named, model.View)
		if err != nil {
			return nil, err
		}
		cp, err := c.w.In(p, c.subject)
		if err != nil {
			return nil, err
		}
		return cp, c.mayDownload(cp)
	}
	cp, err := c.w.Find(c.user, c.subject, "")
	if err != nil {
		return nil, err
	}
	refused := c.mayDownload(cp)
	for _, other := range cp.Object.Copies {
		if refused == nil {
			break
		}
		if c.w.Level(c.user, other.Project) >= model.View && c.mayDownload(other) == nil {
			cp, refused = other, nil
		}
	}
	return cp, refused
}

func (c *call) mayDownload(cp *model.Copy) error {
	if cp.Project.Flag("downloadRestricted") && c.job == nil {
		return wire.PermissionDenied("downloads are restricted in %s", cp.In)
	}
	return c.s.readable(cp)
}

// readable tells whether a copy's bytes may leave storage.
func (s *Server) readable(cp *model.Copy) error {
	if cp.Object.State != model.Closed {
		return wire.InvalidState("%s is not in the closed state", cp.Object.ID)
	}
	if !s.world.Settings.Rules.Allows(cp.Archival, archival.Download) {
		return wire.InvalidState("%s cannot be downloaded in the archivalState %q", cp.Object.ID, cp.Archival)
	}
	return nil
}

// base is the address that the client reached this server by.
func (c *call) base() string {
	if c.request.TLS != nil {
		return "https://" + c.request.Host
	}
	return "http://" + c.request.Host
}
