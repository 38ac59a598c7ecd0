package engine

import (
	"context"

	"github.com/backstay/backstay/engine/policy"
	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
	"github.com/backstay/backstay/schema/diag"
)

func (w *writer) auditRun(context.Context, *state.Run, state.RunEnd) error { return nil }

func (a *applying) holdEvents() ([]record.Event, error) { return nil, nil }

func (k *checking) auditTotals(context.Context) (policy.StateAudit, error) {
	return policy.StateAudit{}, nil
}

func (cs catalogues) audit(context.Context, *state.Rebuilding) diag.List { return nil }
