package state

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// PolicySet is the organisation's own policies, pinned so that no
// configuration can choose its judge.
type PolicySet struct {
	Location string `json:"location"`
	Digest   string `json:"digest"`
}

// PolicySet gives the pinned policy set; nil if none is pinned.
func (s *State) PolicySet(ctx context.Context) (*PolicySet, error) {
	var text string
	err := s.reader.QueryRowContext(ctx, queryMeta, "policy_set").Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, explain(fmt.Errorf("read the pinned policy set: %w", err), s.path)
	}
	var p *PolicySet
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		return nil, fmt.Errorf("%w: pinned policy set: %w", ErrDamaged, err)
	}
	return p, nil
}

// SetPolicySet pins a policy set, or with nil unpins it.
func (s *State) SetPolicySet(ctx context.Context, p *PolicySet) error {
	err := s.write(ctx, "policy", func(u *unit) error { return u.setPolicySet(ctx, p) })
	if err != nil {
		return fmt.Errorf("pin the policy set: %w", err)
	}
	return nil
}

func (u *unit) setPolicySet(ctx context.Context, p *PolicySet) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return setMeta(ctx, u.tx, map[string]string{"policy_set": string(text)})
}
