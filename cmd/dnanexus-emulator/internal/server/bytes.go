package server

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/ids"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/wire"
)

// sign binds a text to this server.
func (s *Server) sign(text string) string {
	mac := hmac.New(sha256.New, []byte(s.meta.Secret))
	_, _ = mac.Write([]byte(text))
	return hex.EncodeToString(mac.Sum(nil))[:40]
}

func (s *Server) signed(text, signature string) bool {
	return hmac.Equal([]byte(s.sign(text)), []byte(signature))
}

// storageError is a refusal as object stores write it.
type storageError struct {
	XMLName xml.Name `xml:"Error"`
	Code    string
	Message string
}

func refuseBytes(w http.ResponseWriter, status int, code, message string) {
	body, _ := xml.Marshal(storageError{Code: code, Message: message})
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// slot is what an upload URL allows.
type slot struct {
	file    string
	part    model.Part
	expires int64
}

// slotOf reads an upload URL: /U/file/index/size/md5/expires/signature.
func (s *Server) slotOf(path string) (slot, bool) {
	text, signature := cut(path)
	fields := strings.Split(text, "/")
	if len(fields) != 7 || !s.signed(text, signature) {
		return slot{}, false
	}
	one := slot{file: fields[2], part: model.Part{MD5: fields[5]}}
	var bad [3]error
	one.part.Index, bad[0] = strconv.Atoi(fields[3])
	one.part.Size, bad[1] = strconv.ParseInt(fields[4], 10, 64)
	one.expires, bad[2] = strconv.ParseInt(fields[6], 10, 64)
	return one, errors.Join(bad[:]...) == nil
}

// takePart receives the bytes of a part outside the lock, and keeps them if
// they are the announced ones and the file is still open.
func (s *Server) takePart(w http.ResponseWriter, r *http.Request) {
	one, ok := s.slotOf(r.URL.Path)
	switch {
	case r.Method != http.MethodPut:
		refuseBytes(w, http.StatusMethodNotAllowed, "MethodNotAllowed", "Parts are sent by PUT")
		return
	case !ok:
		refuseBytes(w, http.StatusForbidden, "SignatureDoesNotMatch", "The URL was not made by this server")
		return
	case s.clock.Now() > one.expires:
		refuseBytes(w, http.StatusBadRequest, "AccessDenied", "Request has expired")
		return
	case r.ContentLength >= 0 && r.ContentLength != one.part.Size:
		refuseBytes(w, http.StatusBadRequest, "IncompleteBody", "The body has another size than was announced")
		return
	}
	one.part.Blob = s.ids.Signs(24)
	sum := md5.New()
	n, err := s.store.Put(one.part.Blob, io.TeeReader(io.LimitReader(r.Body, one.part.Size+1), sum))
	switch {
	case err != nil:
		refuseBytes(w, http.StatusBadRequest, "RequestTimeout", "Your socket connection to the server was not read from or written to within the timeout period")
		return
	case n != one.part.Size:
		s.refusePart(w, one, "IncompleteBody", "The body has another size than was announced")
		return
	case hex.EncodeToString(sum.Sum(nil)) != strings.ToLower(one.part.MD5):
		s.refusePart(w, one, "BadDigest", "The Content-MD5 you specified did not match what we received")
		return
	}
	one.part.MD5 = strings.ToLower(one.part.MD5)
	if err := s.keepPart(one); err != nil {
		s.refusePart(w, one, "InvalidRequest", err.Error())
		return
	}
	w.Header().Set("ETag", `"`+one.part.MD5+`"`)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
}

func (s *Server) refusePart(w http.ResponseWriter, one slot, code, message string) {
	if err := s.store.Drop(one.part.Blob); err != nil {
		message += "; " + err.Error()
	}
	refuseBytes(w, http.StatusBadRequest, code, message)
}

func (s *Server) keepPart(one slot) error {
	var replaced string
	err := s.Edit(func(w *model.World, _ int64) error {
		o := w.Objects[one.file]
		if o == nil || o.State != model.Open {
			return fmt.Errorf("%s is not in the open state", one.file)
		}
		replaced = w.SetPart(o, one.part)
		return nil
	})
	if err == nil && replaced != "" {
		err = s.store.Drop(replaced)
	}
	return err
}

// giveBytes sends a file, or a range of it, and books what went out.
func (s *Server) giveBytes(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		wire.SendError(w, wire.NotFound("The route %s %s could not be found", r.Method, r.URL.Path))
		return
	}
	file, project, name, err := s.claim(r)
	if err != nil {
		wire.SendError(w, err)
		return
	}
	content, media, err := s.content(file, project)
	if err != nil {
		wire.SendError(w, err)
		return
	}
	defer content.close()
	if media == "" {
		media = "application/octet-stream"
	}
	h := w.Header()
	h.Set("Content-Type", media)
	h.Set("ETag", `"`+file+`"`)
	if name != "" {
		h.Set("Content-Disposition", "attachment")
	}
	out := &metered{ResponseWriter: w, book: func(sent int64) {
		_ = s.Edit(func(world *model.World, now int64) error { // the bytes leave whatever happens to the bill
			if p := world.Projects[project]; p != nil {
				world.Egress(p, sent, now)
			}
			return nil
		})
	}}
	defer out.end()
	http.ServeContent(out, r, "", time.Time{}, content)
}

// claim reads what a download's URL or its header allows.
func (s *Server) claim(r *http.Request) (file, project, name string, err error) {
	fields := strings.Split(strings.TrimPrefix(r.URL.Path, "/F/"), "/")
	text, signature, fits := "", "", false
	if fields[0] == "D" && len(fields) >= 6 {
		text, signature, name = "/F/"+strings.Join(fields[:4], "/"), fields[4], strings.Join(fields[5:], "/")
		fields, fits = fields[1:], true
	} else if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		text, signature = cut(token)
		own := strings.Split(text, "/")
		fits = len(own) == 3 && own[0] == fields[0] && (len(fields) < 2 || own[1] == fields[1])
		fields = own
	}
	if !fits || !s.signed(text, signature) {
		return "", "", "", &wire.Error{Type: "PermissionDenied", Status: http.StatusForbidden, Message: "the URL or its token is not valid"}
	}
	expires, err := strconv.ParseInt(fields[2], 10, 64)
	if err != nil || s.clock.Now() > expires {
		return "", "", "", &wire.Error{Type: "PermissionDenied", Status: http.StatusForbidden, Message: "Request has expired"}
	}
	if ids.Class(fields[1]) == "" { // a project that the question did not name
		fields[1] = "project-" + fields[1]
	}
	return fields[0], fields[1], name, nil
}

// content opens the bytes of a copy, which may have been archived since the URL
// was given.
func (s *Server) content(file, project string) (*content, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.world.Advance(s.clock.Now())
	p := s.world.Projects[project]
	if p == nil {
		return nil, "", wire.NotFound("%q could not be found", project)
	}
	cp, err := s.world.In(p, file)
	if err != nil {
		return nil, "", err
	}
	if err := s.readable(cp); err != nil {
		return nil, "", err
	}
	return newContent(s, cp.Object), cp.Object.Media, nil
}

// metered counts the bytes that are sent and books them once: before the last
// of them leave, so that whoever has them all finds them on the bill.
type metered struct {
	http.ResponseWriter
	book   func(sent int64)
	length int64
	sent   int64
	booked bool
}

func (m *metered) WriteHeader(status int) {
	m.length, _ = strconv.ParseInt(m.Header().Get("Content-Length"), 10, 64)
	m.booked = status >= http.StatusMultipleChoices // no bytes of the file
	m.ResponseWriter.WriteHeader(status)
}

func (m *metered) Write(p []byte) (int, error) {
	if total := m.sent + int64(len(p)); total >= m.length && !m.booked {
		m.booked = true
		m.book(total)
	}
	n, err := m.ResponseWriter.Write(p)
	m.sent += int64(n)
	return n, err
}

// end books what was sent to a client that left early.
func (m *metered) end() {
	if !m.booked && m.sent > 0 {
		m.book(m.sent)
	}
}
