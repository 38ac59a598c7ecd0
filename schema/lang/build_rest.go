package lang

import (
	"strings"

	"github.com/backstay/backstay/schema"
	"github.com/backstay/backstay/schema/addr"
)

func (l *loader) settings(n *node) schema.Settings {
	s := schema.Settings{
		Origin: n.origin(), RequiredVersion: n.str("required_version"), AllowedSigners: n.str("allowed_signers"), State: defaultState,
	}
	s.State.Origin.Block = n.header
	if c := n.child("state"); c != nil {
		s.State = schema.StateBackend{Origin: c.origin(), Type: c.labels[0], Path: c.str("path"), DSN: c.str("dsn")}
		if s.State.Type == defaultState.Type && s.State.Path == "" {
			s.State.Path = defaultState.Path
		}
	}
	return s
}

func buildHold(a addr.Resource, n *node) *schema.Hold {
	return &schema.Hold{
		Addr: a, Origin: n.origin(), Match: n.selector("match"),
		Targets: n.refs("targets"), Reason: n.str("reason"), Owner: n.str("owner"),
	}
}

func buildRelease(a addr.Resource, n *node) *schema.Release {
	return &schema.Release{
		Addr: a, Origin: n.origin(), Hold: strings.TrimPrefix(n.str("hold"), "hold."),
		Targets: n.refs("targets"), Reason: n.str("reason"), ApprovedBy: n.approvals("approved_by"),
	}
}

func buildPrice(n *node) *schema.Price {
	return &schema.Price{
		Origin: n.origin(), Provider: n.str("provider"), Region: n.str("region"), Tier: n.str("tier"),
		Options: plainOptions(n, prices.attrs[3:]),
	}
}

func buildPolicy(a addr.Resource, n *node) *schema.Policy {
	p := &schema.Policy{
		Addr: a, Origin: n.origin(), Pack: n.str("pack"), Path: n.str("path"), Bundle: n.str("bundle"), Namespaces: n.strings("namespaces"),
	}
	if v, ok := n.attrs["params"]; ok {
		p.Params, _ = v.v.(map[string]any) // validate refuses anything else
	}
	return p
}

func buildWaiver(a addr.Resource, n *node) *schema.Waiver {
	w := &schema.Waiver{
		Addr: a, Origin: n.origin(), Control: n.str("control"), Reason: n.str("reason"), Ticket: n.str("ticket"),
		ApprovedBy: n.approvals("approved_by"), Expires: n.str("expires"),
	}
	for _, t := range n.refs("targets") {
		w.Targets = append(w.Targets, t.String())
	}
	return w
}
