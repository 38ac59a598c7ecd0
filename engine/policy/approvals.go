package policy

import (
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/backstay/backstay/engine/internal/approval"
	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/diag"
)

// approvals checks who approved what. Without allowed signers every approval
// stays a claim.
type approvals struct {
	files   fs.FS
	signers *approval.Signers
}

// newApprovals reads the allowed signers. A file that is named and cannot be
// read is an error: approvals would silently become claims.
func newApprovals(s Set) (approvals, diag.List) {
	a := approvals{files: s.Files}
	settings := s.Config.Settings
	if settings.AllowedSigners == "" {
		return a, nil
	}
	at := settings.Origin.At("allowed_signers")
	text, err := readBounded(s.Files, clean(settings.AllowedSigners))
	if err == nil {
		a.signers, err = approval.ParseSigners(text)
	}
	if err != nil {
		return a, diag.List{errorAt(&at, "policy_signers", "Allowed signers cannot be read",
			fmt.Sprintf("The file %q that says who may approve cannot be used: %v. Without it no approval can be verified.", settings.AllowedSigners, err))}
	}
	return a, nil
}

func clean(path string) string { return strings.TrimPrefix(path, "./") }

// of gives the approvals of one block, each with whether its signature over the
// statement verifies.
func (p approvals) of(list []schema.Approval, statement string, now time.Time) []ConfigApproval {
	var out []ConfigApproval
	for _, a := range list {
		out = append(out, ConfigApproval{By: a.By, Verified: p.verified(a, statement, now)})
	}
	return out
}

func (p approvals) verified(a schema.Approval, statement string, now time.Time) bool {
	if p.signers == nil || a.Signature == "" {
		return false
	}
	signature, err := readBounded(p.files, clean(a.Signature))
	return err == nil && approval.Verify([]byte(statement), signature, a.By, p.signers, now) == nil
}

// WaiverStatement is the text that an approver of a waiver signs, with
// `ssh-keygen -Y sign -n backstay`.
func WaiverStatement(w *schema.Waiver) string {
	return statement("waiver", w.Addr.Instance(), strings.ToUpper(w.Control), w.Targets, w.Expires)
}

// ReleaseStatement is the text that an approver of a release signs.
func ReleaseStatement(r *schema.Release) string {
	return statement("release", r.Addr.Instance(), r.Hold, resources(r.Targets), "")
}

// ShortenStatement is the text that an approver of a shorten block signs.
func ShortenStatement(r *schema.Shorten) string {
	return statement("shorten", r.Addr.Instance(), "", resources(r.Targets), "")
}

// RetireStatement is the text that an approver of a retire block signs.
func RetireStatement(r *schema.Retire) string {
	return statement("retire", r.Addr.Instance(), "", r.Targets, "")
}

// statement puts what is approved on lines of its own, targets sorted, so that
// the same words always give the same bytes.
func statement(kind, name, subject string, targets []string, expires string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "backstay-approval-v1\n%s %s\nsubject %s\n", kind, name, subject)
	for _, t := range slices.Sorted(slices.Values(targets)) {
		fmt.Fprintf(&b, "target %s\n", t)
	}
	fmt.Fprintf(&b, "expires %s\n", expires)
	return b.String()
}
