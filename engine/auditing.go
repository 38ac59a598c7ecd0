package engine

import (
	"context"

	"github.com/backstay/backstay/engine/record"
	"github.com/backstay/backstay/engine/state"
)

func (w *writer) auditRun(context.Context, *state.Run, state.RunEnd) error { return nil }

func (a *applying) holdEvents() ([]record.Event, error) { return nil, nil }
