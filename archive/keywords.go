package archive

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// setTable takes over what a folder's file says of the letters. a.mu is held.
func (a *Archive) setTable(s *shelf, table maildir.Keywords) {
	s.keywords, s.names = table, table
	if !a.FileDates {
		s.names = s.meant()
	}
}

// meant is the folder's table, with the manifest's names for letters that the file does not tell of.
func (s *shelf) meant() maildir.Keywords {
	k := s.keywords
	for i, name := range s.noted {
		if k[i] == "" {
			k[i] = name
		}
	}
	return k
}

// learnLetters notes in the manifest what letters mean that it does not know yet, and tells whether there were any. A letter never gets
// another name: the files that have it would say something else then. a.mu is held.
func (a *Archive) learnLetters(s *shelf) bool {
	learnt := false
	for i, name := range s.keywords {
		if name == "" || s.noted[i] != "" || named(s.noted, name) || !a.manifest.Writes() {
			continue
		}
		s.noted[i] = name
		a.manifest.Add(lineLetter, s.n, string(rune('a'+i)), name)
		learnt = true
	}
	return learnt
}

// named tells whether a table has a name, in whatever case.
func named(k maildir.Keywords, name string) bool {
	return slices.ContainsFunc(k[:], func(n string) bool { return strings.EqualFold(n, name) })
}

// note takes a letter's line.
func (s *shelf) note(letter, name string) error {
	if len(letter) != 1 || letter[0] < 'a' || letter[0] > 'z' {
		return fmt.Errorf("%q is no letter for a keyword", letter)
	}
	s.noted[letter[0]-'a'] = name
	return nil
}

// filled gives the free letters of k what they mean in more, where k has no letter for that.
func filled(k, more maildir.Keywords) maildir.Keywords {
	for i, name := range more {
		if k[i] == "" && !named(k, name) {
			k[i] = name
		}
	}
	return k
}

// giveLetters sees to it that the batch's keywords have letters, as far as those go, and that the file tells of all that the manifest
// knows: a letter that seems to be free would else be given twice.
func (a *Archive) giveLetters(s *shelf, batch []mail.Parcel) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	k := filled(s.keywords, s.noted)
	for _, p := range batch {
		k.Add(p.Keywords)
	}
	return a.writeTable(s, k)
}

// writeTable gives the folder a table, unless it is the one that it has.
func (a *Archive) writeTable(s *shelf, k maildir.Keywords) error {
	if k == s.keywords {
		return nil
	}
	if err := s.folder.SetKeywords(k); err != nil {
		return err
	}
	s.keywords = k
	a.learnLetters(s)
	a.setTable(s, k)
	return nil
}

// tellUnnamed says of a source's folder, once, that nobody knows all its keywords.
func (a *Archive) tellUnnamed(s *shelf, e entry) {
	if s.unnamed {
		return
	}
	s.unnamed = true
	a.tell("%s: %s: there are keywords whose names are not known, such as that of letter %c: %s does not name it; what was carried over before stays. If that file was lost, take it from a backup",
		a.root, s.path, s.names.Unnamed(maildir.ParseName(e.file).Letters()), path.Join(s.folder.Dir, maildir.KeywordsFile))
}

// unlettered are those of a record's keywords that the manifest alone tells. For proofs only those count for which there was no letter:
// what could have one and has not, other programs do not see. a.mu is held.
func (a *Archive) unlettered(s *shelf, words []string) []string {
	k := s.meant()
	_, rest := k.Letters(0, words)
	if !a.FileDates {
		return rest
	}
	return slices.DeleteFunc(rest, func(w string) bool {
		room := k
		return room.Add([]string{w})
	})
}

// inspectLetters judges whether the folder's table tells other programs what the letters mean that its files have.
func (a *Archive) inspectLetters(s *shelf) Finding {
	used := a.lettersIn(s)
	f := Finding{Ref: mail.Ref{Folder: s.path}, File: path.Join(s.folder.Dir, maildir.KeywordsFile)}
	var wrong []string
	for i, name := range s.noted {
		switch now := s.keywords[i]; {
		case !used[i] || name == "" || strings.EqualFold(now, name):
		case now == "":
			wrong = append(wrong, fmt.Sprintf("%c, which is %q, is nothing", 'a'+i, name))
		default:
			wrong = append(wrong, fmt.Sprintf("%c, which is %q, is %q", 'a'+i, name, now))
		}
	}
	if len(wrong) > 0 {
		f.Trouble, f.Detail = Unnamed, "other programs see other keywords: letter "+strings.Join(wrong, "; ")
		f.Hint = "check --repair writes it as it was"
		return f
	}
	if lost := a.lostNames(s, used); len(lost) > 0 {
		f.Trouble, f.Detail = Unnamed, fmt.Sprintf("other programs do not see keywords that messages came with, such as %q: it does not name their letters", lost[0])
		f.Hint = "take it from a backup"
		return f
	}
	return Finding{}
}

// lettersIn tells which letters for keywords the folder's files have.
func (a *Archive) lettersIn(s *shelf) (used [26]bool) {
	for e := range a.present(s) {
		for _, c := range []byte(maildir.ParseName(e.file).Letters()) {
			if c >= 'a' && c <= 'z' {
				used[c-'a'] = true
			}
		}
	}
	return used
}

// lostNames are keywords of records that no letter has, where files have letters that nobody names: of a table that was lost before
// the manifest knew it.
func (a *Archive) lostNames(s *shelf, used [26]bool) (lost []string) {
	k := s.meant()
	unnamed := func(c rune) bool { return c >= 'a' && c <= 'z' && k[c-'a'] == "" }
	for i := range k {
		used[i] = used[i] && k[i] == ""
	}
	if used == [26]bool{} {
		return nil
	}
	for e := range a.present(s) {
		if e.state&extra == 0 || !strings.ContainsFunc(maildir.ParseName(e.file).Letters(), unnamed) {
			continue
		}
		if r, err := a.recordOf(e); err == nil {
			room := k
			if _, rest := k.Letters(0, r.Keywords); room.Add(rest) {
				lost = append(lost, rest...)
			}
		}
	}
	return lost
}

// mendLetters writes the folder's table as the manifest knows it. What the file has beside keeps a letter, its own if that is free.
func (a *Archive) mendLetters(s *shelf) Finding {
	f := a.inspectLetters(s)
	a.mu.Lock()
	defer a.mu.Unlock()
	k := filled(s.noted, s.keywords)
	k.Add(s.keywords[:])
	if f.Trouble == "" || k == s.keywords {
		return Finding{}
	}
	f.Hint = "written as it was"
	if err := a.writeTable(s, k); err != nil {
		f.Hint = "it could not be written: " + err.Error()
	}
	return f
}
