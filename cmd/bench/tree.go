package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
)

// shape is how a tree looks. Files lie evenly in its leaf folders.
type shape struct {
	files    int
	branches int // folders at the top, and in each of them; 0: all files in one folder
	most     int // sizes are drawn from 0 to this
}

// leaf gives the folder of file i, relative to the root.
func (s shape) leaf(i int) string {
	if s.branches == 0 {
		return "."
	}
	leaves := s.branches * s.branches
	n := i * leaves / s.files
	return filepath.Join(fmt.Sprintf("d%03d", n/s.branches), fmt.Sprintf("e%03d", n%s.branches))
}

// build makes the tree at root. The content is the same for the same shape.
func (s shape) build(root string) error {
	random := rand.New(rand.NewPCG(uint64(s.files), uint64(s.most)))
	noise := make([]byte, s.most+4096)
	for i := range noise {
		noise[i] = byte(random.Uint32())
	}
	last := ""
	for i := range s.files {
		folder := filepath.Join(root, s.leaf(i))
		if folder != last {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
			last = folder
		}
		// A tail of the noise, which begins elsewhere for each file, and the
		// file's number: no two files are equal.
		size := random.IntN(s.most + 1)
		from := random.IntN(4096)
		content := append(noise[from:from+size:from+size], fmt.Sprintf("%d\n", i)...)
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("file-%07d.dat", i)), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// large makes count files of size random bytes each in root.
func large(root string, count int, size int64) error {
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	for i := range count {
		if err := random(filepath.Join(root, fmt.Sprintf("large-%d.bin", i)), byte(i), size); err != nil {
			return err
		}
	}
	return nil
}

func random(name string, seed byte, size int64) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(file, 1<<20)
	if _, err := io.CopyN(out, rand.NewChaCha8([32]byte{seed}), size); err != nil {
		_ = file.Close()
		return err
	}
	if err := out.Flush(); err != nil {
		_ = file.Close()
		return err
	}
	return file.Close()
}
