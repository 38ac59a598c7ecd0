package policy

import (
	"strings"

	"github.com/backstay/backstay/schema"
)

// approvals checks who approved what. Without allowed signers every approval
// stays a claim.
type approvals struct {
	verify func(a schema.Approval, statement string) bool
}

func newApprovals(Set) approvals { return approvals{} }

// of gives the approvals of one block, each with whether its signature over the
// statement was verified.
func (p approvals) of(list []schema.Approval, statement string) []ConfigApproval {
	var out []ConfigApproval
	for _, a := range list {
		out = append(out, ConfigApproval{By: a.By, Verified: p.verify != nil && a.Signature != "" && p.verify(a, statement)})
	}
	return out
}

func waiverStatement(w *schema.Waiver) string {
	return statement("waiver", w.Control, w.Targets, w.Expires)
}

func releaseStatement(r *schema.Release) string {
	return statement("release", r.Hold, resources(r.Targets), "")
}

func shortenStatement(r *schema.Shorten) string {
	return statement("shorten", "", resources(r.Targets), "")
}

func retireStatement(r *schema.Retire) string { return statement("retire", "", r.Targets, "") }

// statement is the text that an approver signs.
func statement(kind, control string, targets []string, expires string) string {
	return strings.Join([]string{"backstay-approval-v1", kind, "control=" + control, "targets=" + strings.Join(targets, ","), "expires=" + expires, ""}, "\n")
}
