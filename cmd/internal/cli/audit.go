package cli

import (
	"context"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/cmd/internal/view"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/diag"
)

type auditor interface {
	AuditVerify(ctx context.Context) (*engine.AuditResult, diag.List)
}

func (c *call) auditVerify(a *arguments.AuditVerify) int {
	return c.run(func(ctx context.Context) int {
		r, ds := c.open(a.Config, view.NewProgress(c.out)).AuditVerify(ctx)
		o := engine.Failed
		if r != nil {
			o = r.Outcome
			ds = append(ds, r.Warnings...)
		}
		return c.finish(c.settle(ds, o), ds, view.NewAudit(c.out).Result(r, ds))
	})
}
