package cli

import (
	"github.com/backstay/backstay/cmd/internal/view"
)

func (c *call) version() int {
	return c.written(view.NewVersion(c.out).Result(c.w.Version), exitDone)
}
