package engine

import (
	"context"

	"github.com/backstay/backstay/schema/diag"
)

func (e *Engine) Check(ctx context.Context) (*CheckResult, diag.List) { return nil, nil }

func (e *Engine) Drill(ctx context.Context, r DrillRequest) (*DrillResult, diag.List) {
	return nil, nil
}
