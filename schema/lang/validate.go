package lang

import "github.com/backstay/backstay/schema"

func (l *loader) validate(cfg *schema.Configuration) {}
