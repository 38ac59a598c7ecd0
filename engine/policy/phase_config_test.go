package policy

import (
	"testing"
)

func TestConfigPointsAtTheBlock(t *testing.T) {
	cfg := withPack(t, fileTree(t), "core")
	cfg.Backups[0].Copies = cfg.Backups[0].Copies[:1]
	r, err := compileSet(t, Set{Config: cfg}).Config(t.Context(), testNow)
	if err != nil {
		t.Fatal(err)
	}
	got := of(r, "COPY-1")
	if len(got) != 1 || got[0].Result != Fail || got[0].Address != "backup.docs" {
		t.Fatalf("COPY-1: %+v", got)
	}
	if got[0].Range == nil || got[0].Range.Start.Line != 30 {
		t.Errorf("COPY-1 points at %v, want the backup block on line 30", got[0].Range)
	}
	if !r.Blocked {
		t.Error("an overridable fail without a waiver blocks")
	}
}
