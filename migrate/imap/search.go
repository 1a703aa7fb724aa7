package imap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mailmv/formats/mail"
)

// Search asks the server which messages of f fit keys (RFC 9051 §6.4.4), by one command. What the server does not take is
// mail.ErrSearch, of ScopeStore: it would refuse it in every folder. The result holds for the UIDs of this generation.
func (st *Store) Search(ctx context.Context, f mail.Folder, keys string) (func(mail.Ref) bool, error) {
	q, err := parseSearch(keys)
	if err != nil {
		return nil, &mail.Error{Op: "search", Place: st.server.Host, Err: fmt.Errorf("%w: %q: %w", mail.ErrSearch, keys, err)}
	}
	s, leave, err := st.enter(ctx, "search", f, forReading, false)
	if err != nil {
		return nil, err
	}
	defer leave()
	found, err := s.search(q)
	if err != nil {
		if e := (*mail.Error)(nil); errors.As(err, &e) {
			e.Place = s.server.Host
			if !errors.Is(err, mail.ErrLimit) {
				e.Err = fmt.Errorf("%w: %q: %w", mail.ErrSearch, keys, e.Err)
			}
			return nil, at(err, f.Path)
		}
		return nil, at(s.lost(ctx, "search", err), f.Path)
	}
	validity := s.box.folder.Validity
	return func(r mail.Ref) bool {
		id, _, _ := strings.Cut(r.ID, "~")
		uid, err := strconv.ParseUint(id, 10, 32)
		return err == nil && r.Validity == validity && found.holds(uint32(uid))
	}, nil
}

// search sends UID SEARCH and reads what was found. A refusal is a *mail.Error.
func (s *session) search(q searchKeys) (uidSpans, error) {
	answer, found, err := s.sendSearch(q)
	if err != nil {
		return nil, err
	}
	if answer.kind != "OK" {
		if answer.code == "SERVERBUG" {
			answer.code = "" // seen at go-imap's own server, which answers so to a key that it does not know
		}
		e := s.words.refused("search", answer, mail.ScopeStore)
		if answer.code == "BADCHARSET" {
			e.Hint = "this server searches for ASCII only"
		}
		return nil, e
	}
	return found.sorted(), nil
}

func (s *session) sendSearch(q searchKeys) (status, uidSpans, error) {
	tag := s.nextTag()
	text := tag + " UID SEARCH "
	if s.caps["ESEARCH"] || s.caps["IMAP4REV2"] {
		text += "RETURN (ALL) " // RFC 4731: 1:5 for 1 2 3 4 5
	}
	if q.utf8 {
		text += "CHARSET UTF-8 "
	}
	for i, p := range q.parts {
		if text += p.text; i == len(q.parts)-1 {
			break
		}
		if n := len(p.literal); s.caps.unasked(int64(n)) {
			text += "{" + strconv.Itoa(n) + "+}\r\n" + p.literal
			continue
		}
		answer, err := s.ask(tag, text+"{"+strconv.Itoa(len(p.literal))+"}\r\n")
		if err != nil {
			return status{}, nil, err
		}
		if answer != nil {
			return *answer, nil, nil
		}
		text = p.literal
	}
	if err := s.send(text + "\r\n"); err != nil {
		return status{}, nil, err
	}
	return s.searched(tag)
}

// searched reads up to the answer. A server without ESEARCH names every UID, in one line that may be as long as the
// folder is large.
func (s *session) searched(tag string) (status, uidSpans, error) {
	var found uidSpans
	most := maxLine + 12*max(s.box.folder.Messages, 0)
	for range maxUnread {
		r, err := readLineUpTo(s.conn, most)
		if err == nil {
			err = r.complete(s.conn)
		}
		if err != nil {
			return status{}, nil, cut(err)
		}
		switch {
		case r.tag == tag:
			answer, err := s.answer(r)
			return answer, found, err
		case r.tag != "*":
		case r.isStatus():
			s.words.hear(parseStatus(r.text), false)
		default:
			if found, err = found.with(string(r.text)); err != nil {
				return status{}, nil, err
			}
		}
	}
	return status{}, nil, errBounds
}

// uidSpans are runs of UIDs.
type uidSpans []uidSpan

type uidSpan struct{ from, to uint32 }

// with adds what a SEARCH or ESEARCH response names (RFC 9051 §7.3.4, RFC 3501 §7.2.5). Others are no business of it.
func (u uidSpans) with(text string) (uidSpans, error) {
	kind, rest, _ := strings.Cut(text, " ")
	switch strings.ToUpper(kind) {
	case "SEARCH":
		rest, _, _ = strings.Cut(rest, "(") // (MODSEQ n), RFC 7162
		for w := range strings.FieldsSeq(rest) {
			span, err := spanOf(w)
			if err != nil {
				return u, err
			}
			u = append(u, span)
		}
	case "ESEARCH":
		words := strings.Fields(rest)
		for i, w := range words {
			if !strings.EqualFold(w, "ALL") || i+1 == len(words) {
				continue
			}
			for part := range strings.SplitSeq(words[i+1], ",") {
				span, err := spanOf(part)
				if err != nil {
					return u, err
				}
				u = append(u, span)
			}
		}
	}
	return u, nil
}

func spanOf(w string) (uidSpan, error) {
	a, b, ranged := strings.Cut(w, ":")
	if !ranged {
		b = a
	}
	from, err := strconv.ParseUint(a, 10, 32)
	to, err2 := strconv.ParseUint(b, 10, 32)
	if err != nil || err2 != nil || from == 0 || to == 0 {
		return uidSpan{}, fmt.Errorf("%w: %.40q in what was found", errSyntax, w)
	}
	return uidSpan{uint32(min(from, to)), uint32(max(from, to))}, nil
}

// sorted puts the runs in order, those that touch together.
func (u uidSpans) sorted() uidSpans {
	slices.SortFunc(u, func(a, b uidSpan) int { return int(int64(a.from) - int64(b.from)) })
	out := u[:0]
	for _, s := range u {
		if last := len(out) - 1; last >= 0 && int64(s.from) <= int64(out[last].to)+1 {
			out[last].to = max(out[last].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

func (u uidSpans) holds(uid uint32) bool {
	i, ok := slices.BinarySearchFunc(u, uid, func(s uidSpan, uid uint32) int { return int(int64(s.from) - int64(uid)) })
	return ok || i > 0 && u[i-1].to >= uid
}
