package seed

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"

	"github.com/backstay/backstay/cmd/dnanexus-emulator/internal/model"
)

// PartSize is what seeded files are cut by.
const PartSize = 16 << 20

// Folder adds the regular files of a real folder, with the names of its folders;
// links and special files are left out. A file's time of change is what it is on
// disk.
func (t Target) Folder(dir string, into Project) (Result, error) {
	id, err := t.find(into)
	if err != nil {
		return Result{}, fmt.Errorf("seed from a folder: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return Result{}, fmt.Errorf("seed from a folder: %w", err)
	}
	sum := Result{Project: id}
	var files []file
	err = fs.WalkDir(root.FS(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return t.folder(id, name)
		}
		if !entry.Type().IsRegular() {
			return nil
		}
		one, err := t.read(root.FS(), name)
		if err != nil {
			return err
		}
		if files = append(files, one); len(files) < batch {
			return nil
		}
		err = t.add(id, files, &sum)
		files = files[:0]
		return err
	})
	if err == nil {
		err = t.add(id, files, &sum)
	}
	if err = errors.Join(err, root.Close()); err != nil {
		return sum, fmt.Errorf("seed from %s: %w", dir, err)
	}
	return sum, nil
}

// folder makes a folder, which may stay empty.
func (t Target) folder(project, name string) error {
	if name == "." {
		return nil
	}
	where, err := model.CleanFolder("folder", "/"+name)
	if err != nil {
		return err
	}
	return t.Edit(func(w *model.World, _ int64) error {
		w.MakeFolder(w.Projects[project], where)
		return nil
	})
}

// read copies a file's bytes into the store, part by part.
func (t Target) read(root fs.FS, name string) (file, error) {
	source, err := root.Open(name)
	if err != nil {
		return file{}, err
	}
	defer func() { _ = source.Close() }() // it was only read
	info, err := source.Stat()
	if err != nil {
		return file{}, err
	}
	one := file{folder: "/" + path.Dir(name), name: path.Base(name), modified: info.ModTime().UnixMilli()}
	if path.Dir(name) == "." {
		one.folder = "/"
	}
	for {
		part, err := t.part(source, len(one.parts)+1)
		if err != nil {
			return file{}, err
		}
		if part.Size > 0 || len(one.parts) == 0 { // an empty file has one empty part
			one.parts = append(one.parts, part)
		}
		if part.Size < PartSize {
			return one, nil
		}
	}
}

func (t Target) part(source io.Reader, index int) (model.Part, error) {
	part := model.Part{Index: index, Blob: t.IDs.Signs(24)}
	sum := md5.New()
	var err error
	part.Size, err = t.Store.Put(part.Blob, io.TeeReader(io.LimitReader(source, PartSize), sum))
	if err != nil {
		return part, err
	}
	if part.Size == 0 && index > 1 {
		return part, t.Store.Drop(part.Blob)
	}
	part.MD5 = hex.EncodeToString(sum.Sum(nil))
	return part, nil
}
