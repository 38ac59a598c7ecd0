package view

import "runtime"

// Version shows which program this is.
type Version interface {
	Result(version string) error
}

// NewVersion gives the view that the output asks for.
func NewVersion(o *Output) Version { return &versionView{o} }

// versionView is text and JSON in one: there is hardly anything to say.
type versionView struct{ o *Output }

func (v *versionView) Result(version string) error {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	if v.o.JSON {
		d := newDocument(v.o)
		d.member("version", version)
		d.member("go", runtime.Version())
		d.member("platform", platform)
		return d.close(true)
	}
	t := &text{s: &v.o.Out}
	t.printf("backstay %s (%s, %s)\n", version, runtime.Version(), platform)
	return v.o.flush(t)
}
