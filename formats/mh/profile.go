package mh

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mailmv/formats/header"
)

// profileName is the file in which a user of MH says where his folders are and what he calls his sequences (mh-profile(5)).
const profileName = ".mh_profile"

// maxProfile bounds it.
const maxProfile = 1 << 20

// UnseenNames gives what sequences of unread messages are called in a tree, beside "unseen": the Unseen-Sequence of the profile in the
// tree, and of those in home and in the directories above whose Path has to do with it. tree is dir as a file system. home may be empty.
func UnseenNames(tree fs.FS, dir, home string) ([]string, error) {
	own, err := readProfile(tree, dir)
	names, errs := own.unseen, []error{err}
	for _, at := range above(dir, home) {
		p, err := readProfile(os.DirFS(at), at)
		switch {
		case err != nil:
			errs = append(errs, err)
		case p.isOf(dir):
			names = append(names, p.unseen...)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), errors.Join(errs...)
}

// above are the directories in which there may be a profile that tells of dir.
func above(dir, home string) []string {
	var all []string
	if home != "" {
		all = append(all, home)
	}
	for _, dir := range bothNames(dir) {
		for up := filepath.Dir(dir); up != dir; dir, up = up, filepath.Dir(up) {
			all = append(all, up)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// bothNames are a path in full, and the same without links.
func bothNames(name string) []string {
	full, err := filepath.Abs(name)
	if err != nil {
		return nil
	}
	if real, err := filepath.EvalSymlinks(full); err == nil && real != full {
		return []string{full, real}
	}
	return []string{full}
}

// profile is what a .mh_profile tells of.
type profile struct {
	path   string // the tree it is of, in full; empty: it does not say
	unseen []string
}

// readProfile reads that of a directory; where there is none it is empty.
func readProfile(fsys fs.FS, dir string) (profile, error) {
	i, err := fs.Stat(fsys, profileName)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !i.Mode().IsRegular() {
		return profile{}, nil
	}
	var b []byte
	if err == nil {
		b, err = readBounded(fsys, profileName, maxProfile)
	}
	if err != nil {
		return profile{}, fmt.Errorf("%s: %w", filepath.Join(dir, profileName), err)
	}
	var p profile
	for f := range header.Fields(b) {
		switch {
		case f.Is("Unseen-Sequence"):
			p.unseen = strings.Fields(f.Text())
		case f.Is("Path"):
			if p.path = strings.TrimSpace(f.Text()); !filepath.IsAbs(p.path) {
				p.path = filepath.Join(dir, p.path)
			}
		}
	}
	return p, nil
}

// readBounded reads a file that is no longer than most.
func readBounded(fsys fs.FS, name string, most int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = fmt.Errorf("longer than %d octets", most)
	}
	return b, err
}

// isOf tells whether a tree is that of the profile, or a part of it, or holds it.
func (p profile) isOf(dir string) bool {
	if p.path == "" {
		return false
	}
	for _, own := range bothNames(p.path) {
		for _, dir := range bothNames(dir) {
			if holds(own, dir) || holds(dir, own) {
				return true
			}
		}
	}
	return false
}

func holds(outer, inner string) bool {
	short, err := filepath.Rel(outer, inner)
	return err == nil && filepath.IsLocal(short)
}
