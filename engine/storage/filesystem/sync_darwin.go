package filesystem

// syncFolder makes the names in a folder durable.
func (r *root) syncFolder(path string) error {
	p, err := r.at("sync", path)
	if err != nil {
		return err
	}
	dir, err := r.r.Open(p)
	if err != nil {
		return fail("sync", r.name(path), err)
	}
	f := file{f: dir, name: r.name(path)}
	if err := f.sync(); err != nil {
		_ = f.Close() // the first error tells more
		return err
	}
	return f.Close()
}
