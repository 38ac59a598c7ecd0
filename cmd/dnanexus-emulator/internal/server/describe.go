package server

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/archival"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

var (
	objectDefaults = []string{
		"id", "project", "class", "sponsored", "name", "types", "state", "hidden", "links", "folder", "tags",
		"created", "modified", "createdBy",
	}
	fileDefaults   = append(objectDefaults[:len(objectDefaults):len(objectDefaults)], "media", "archivalState", "cloudAccount", "size")
	appletDefaults = append(objectDefaults[:len(objectDefaults):len(objectDefaults)],
		"title", "summary", "description", "developerNotes", "runSpec", "inputSpec", "outputSpec", "access", "dxapi", "ignoreReuse")
	workflowDefaults = append(objectDefaults[:len(objectDefaults):len(objectDefaults)],
		"title", "summary", "description", "dxapi", "outputFolder", "inputs", "outputs", "stages", "editVersion", "ignoreReuse")
)

// describeObject answers for a copy that the caller can see, the hinted
// project's by preference.
func describeObject(c *call) (any, error) {
	hint := c.in.Text("project", "")
	copied, err := c.w.Find(c.user, c.subject, hint)
	if err != nil {
		return nil, err
	}
	return c.sheetOf(copied, c.in), nil
}

// sheetOf describes a copy as an input asks for.
func (c *call) sheetOf(cp *model.Copy, in *wire.Input) hash {
	o := cp.Object
	s := newSheet(in, o.ID, defaultsOf(o.Class))
	s.set("project", cp.In)
	s.set("class", o.Class)
	s.set("sponsored", cp.Project.Sponsored(c.now))
	if cp.Project.Sponsored(c.now) {
		s.set("sponsoredUntil", cp.Project.SponsoredUntil)
	}
	s.set("name", cp.Name)
	s.put("types", func() any { return list(o.Types) })
	s.set("state", o.State)
	s.set("hidden", o.Hidden)
	s.put("links", func() any { return o.Links() })
	s.set("folder", cp.Folder)
	s.put("tags", func() any { return list(cp.Tags) })
	s.set("created", o.Created)
	s.set("modified", cp.Modified)
	s.put("createdBy", func() any { return createdBy(o) })
	s.put("properties", func() any { return texts(cp.Properties) })
	s.put("details", func() any { return detailsOf(o) })
	s.put("region", func() any { return o.Region })
	switch o.Class {
	case "file":
		c.fileSheet(s, cp)
	case "applet", "workflow":
		specSheet(s, o)
	}
	return s.out
}

func defaultsOf(class string) []string {
	switch class {
	case "file":
		return fileDefaults
	case "applet":
		return appletDefaults
	case "workflow":
		return workflowDefaults
	}
	return objectDefaults
}

func createdBy(o *model.Object) hash {
	by := hash{"user": o.User}
	if o.Job != "" {
		by["job"], by["executable"] = o.Job, o.Program
	}
	return by
}

func detailsOf(o *model.Object) any {
	if o.Details == nil {
		return hash{}
	}
	return o.Details
}

func (c *call) fileSheet(s *sheet, cp *model.Copy) {
	o := cp.Object
	s.set("media", o.Media)
	s.set("archivalState", cp.Archival)
	s.set("cloudAccount", cloudAccount(o.Region))
	if o.State == model.Closed {
		s.set("size", o.Size)
	}
	s.put("parts", func() any { return c.parts(o) })
	s.set("checksumType", "")
	s.set("drive", nil)
	s.set("md5", nil)
	s.set("symlinkPath", nil)
	s.set("symlinkTargetIdentifier", nil)
}

func (c *call) parts(o *model.Object) hash {
	parts := hash{}
	for i := range o.Parts {
		part := &o.Parts[i]
		if part.Pending {
			parts[strconv.Itoa(part.Index)] = hash{"state": "pending"}
			continue
		}
		if part.MD5 == "" {
			part.MD5 = c.s.digestPart(*part)
			c.w.TouchObject(o)
		}
		parts[strconv.Itoa(part.Index)] = hash{"state": "complete", "size": part.Size, "md5": part.MD5}
	}
	return parts
}

// digestPart is the MD5 of a generated part, made when it is first asked for.
func (s *Server) digestPart(p model.Part) string {
	blob, err := s.openPart(p)
	if err != nil {
		return ""
	}
	defer func() { _ = blob.Close() }()
	sum := md5.New()
	if _, err := io.Copy(sum, io.NewSectionReader(blob, 0, p.Size)); err != nil {
		return ""
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func cloudAccount(region string) string {
	return fmt.Sprintf("cloudaccount-emulated-%s", archival.Cloud(region))
}

// specSheet fills in what an applet or a workflow was made with. The code of a
// program is left to get.
func specSheet(s *sheet, o *model.Object) {
	for name, value := range o.Spec {
		switch name {
		case "runSpec":
			s.put(name, func() any { return withoutCode(value) })
		default:
			s.set(name, value)
		}
	}
	if o.Class == "workflow" && o.Spec["title"] == nil {
		s.set("title", o.ID)
	}
	for _, name := range []string{"title", "summary", "description", "developerNotes"} {
		if name == "title" && o.Class == "workflow" {
			continue
		}
		if o.Spec[name] == nil {
			s.set(name, "")
		}
	}
}

func withoutCode(spec any) any {
	run, ok := spec.(map[string]any)
	if !ok {
		return spec
	}
	short := hash{}
	for name, value := range run {
		if name != "code" {
			short[name] = value
		}
	}
	return short
}

// list is never null.
func list(texts []string) []string {
	if texts == nil {
		return []string{}
	}
	return texts
}

// texts is never null.
func texts(m map[string]string) map[string]string {
	if m == nil {
		return map[string]string{}
	}
	return m
}
