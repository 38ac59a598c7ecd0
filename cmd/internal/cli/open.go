package cli

import (
	"github.com/hashicorp/go-hclog"

	"github.com/backstay/backstay/cmd/internal/arguments"
	"github.com/backstay/backstay/engine"
	"github.com/backstay/backstay/schema/lang"
)

// open makes the engine for one command, which tells events to watch, or to
// nobody where it is nil.
func (c *call) open(a arguments.Config, watch engine.Observer) Engine {
	return c.w.Open(engine.Options{
		Dir: ".",
		Language: lang.Options{
			Vars:     a.Vars,
			VarFiles: a.VarFiles,
			Env:      c.w.Env,
			Version:  c.w.Version,
		},
		Version:   c.w.Version,
		PolicySet: c.fallback(a.PolicySet, "BACKSTAY_POLICY_SET"),
		Home:      c.fallback(c.fallback("", "HOME"), "USERPROFILE"),
		User:      c.w.User,
		Host:      c.w.Host,
		Logger:    c.logger(),
		Observer:  watch,
	})
}

// fallback takes a value from the environment where no flag gave it.
func (c *call) fallback(value, name string) string {
	if value == "" {
		value, _ = c.w.Env(name)
	}
	return value
}

// logger writes to the error stream at the level that was asked for; without
// one it is silent.
func (c *call) logger() hclog.Logger {
	level := c.fallback(c.inv.LogLevel, "BACKSTAY_LOG")
	if level == "" {
		return hclog.NewNullLogger()
	}
	parsed := hclog.LevelFromString(level)
	if parsed == hclog.NoLevel {
		c.out.Message("BACKSTAY_LOG is %q, which is no level of logging; nothing is logged.", level)
		return hclog.NewNullLogger()
	}
	return hclog.New(&hclog.LoggerOptions{
		Name: "backstay", Level: parsed, Output: c.out.ErrorWriter(), JSONFormat: c.inv.JSON,
	})
}
