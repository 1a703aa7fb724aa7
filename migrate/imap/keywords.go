package imap

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"mailmv/formats/mail"
)

// holding is what a folder can hold beside octets: PERMANENTFLAGS (RFC 9051 §7.1).
type holding struct {
	flags []string
	// known: the server was asked, and told. The zero value is of one that was not.
	known bool
}

// makes tells whether a user may make keywords of his own.
func (h holding) makes() bool { return slices.Contains(h.flags, `\*`) }

func (h holding) holds(keyword string) bool {
	return !h.known || h.makes() || slices.ContainsFunc(h.flags, func(f string) bool { return strings.EqualFold(f, keyword) })
}

// Unkept gives those of words that messages in f cannot bear: the protocol has no way to write them, or the server
// makes no new keywords.
func (st *Store) Unkept(ctx context.Context, f mail.Folder, words []string) ([]string, error) {
	raw, err := st.rawName(ctx, "look", f.Path)
	if err != nil {
		return nil, err
	}
	s, err := st.reader(ctx)
	if err != nil {
		return nil, at(err, f.Path)
	}
	defer s.giveTurn()
	defer s.watch(ctx)()
	h, err := s.holding(raw)
	if err != nil {
		return nil, at(s.lost(ctx, "look", err), f.Path)
	}
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return validKeyword(w) && h.holds(w) }), nil
}

// holding asks what a folder can hold. Only SELECT tells that, and it takes \Recent from messages: so it is sent only
// where none is recent, and not to servers that alter what is selected (see selectBox).
func (s *session) holding(raw string) (h holding, err error) {
	if !s.caps.uidPlus() {
		return h, nil
	}
	name, err := quoted(raw)
	if err != nil {
		return h, nil
	}
	if !s.caps["IMAP4REV2"] {
		recent := true
		_, err := s.command("STATUS "+name+" (RECENT)", func(r reply) { recent = recent && !isUntouched(r) })
		if err != nil || recent {
			return h, err
		}
	}
	s.box = nil
	_, err = s.command("SELECT "+name, func(r reply) {
		if st := parseStatus(r.text); r.isStatus() && st.code == "PERMANENTFLAGS" {
			if flags, ok := (&scan{[]byte(st.args)}).list(); ok {
				h = holding{flags, true}
			}
		}
	})
	if err != nil {
		return h, err
	}
	// Not left open for writing: UNSELECT where it is there, for CLOSE would remove what is marked \Deleted.
	leave := "EXAMINE " + name
	if s.caps["UNSELECT"] || s.caps["IMAP4REV2"] {
		leave = "UNSELECT"
	}
	_, err = s.command(leave, nil)
	return h, err
}

// isUntouched tells whether r is a STATUS response of a folder in which no message is recent.
func isUntouched(r reply) bool {
	s := scan{r.text}
	if !strings.EqualFold(s.word(), "STATUS") {
		return false
	}
	s.blanks()
	if _, _, ok := s.str(); !ok {
		return false
	}
	s.blanks()
	items, _ := s.list()
	return len(items) == 2 && strings.EqualFold(items[0], "RECENT") && items[1] == "0"
}

// flags makes flags fit for the protocol. Gmail has keywords with "]" (seen in PERMANENTFLAGS), others quote
// them or leave a lone backslash.
func (w *words) flags(in []string) []string {
	var out []string
	for _, f := range in {
		name, system := strings.CutPrefix(f, `\`)
		if system && name == "*" {
			out = append(out, f)
			continue
		}
		clean := []byte(name)
		for i, c := range clean {
			if !atomOctet(c) {
				clean[i] = '_'
			}
		}
		if string(clean) != name || name == "" {
			w.notes(fmt.Sprintf("the server has a flag %q, which the protocol does not allow: read as %q", w.clean(f), clean))
		}
		if len(clean) == 0 {
			continue
		}
		if system {
			clean = append([]byte{'\\'}, clean...)
		}
		out = append(out, string(clean))
	}
	return out
}

// marks reads the flags of a message. \Recent and other system flags that are not ours to keep are left out.
func (w *words) marks(flags []string) (system mail.Flags, keywords []string) {
	for i, f := range flags {
		if flag := mail.FlagNamed(f); flag != 0 {
			system |= flag
			continue
		}
		for _, clean := range w.flags(flags[i : i+1]) {
			if flag := mail.FlagNamed(clean); flag != 0 {
				system |= flag
			} else if !strings.HasPrefix(clean, `\`) {
				keywords = append(keywords, clean)
			}
		}
	}
	return system, keywords
}
