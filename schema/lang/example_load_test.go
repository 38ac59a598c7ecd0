package lang_test

import (
	"testing"

	"github.com/backstay/backstay/schema/lang"
)

// Every example is a configuration without a complaint.
func TestExamplesLoad(t *testing.T) {
	for _, name := range []string{"files", "dnanexus", "dnanexus-outside"} {
		t.Run(name, func(t *testing.T) {
			cfg, _, diags := lang.Load("../../examples/"+name, lang.Options{Version: "0.1.0"})
			for _, d := range diags {
				t.Errorf("%s: %s", d.Summary, d.Detail)
			}
			if cfg == nil {
				t.Fatal("no configuration")
			}
			if len(cfg.Backups) != 1 || len(cfg.Backups[0].Copies) < 2 {
				t.Errorf("want one backup plan with copies, got %+v", cfg.Backups)
			}
		})
	}
}
