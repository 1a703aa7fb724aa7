package popstate

import (
	"bytes"
	"strings"

	"mailmv/formats/header"
)

// otherFile says what a file is that is plainly no list, though some lines of it would pass for lines of one; empty: nothing speaks
// against it. kind is what the user says it is.
func otherFile(head []byte, kind Kind) string {
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), "\r\n")
	switch {
	case bytes.HasPrefix(text, []byte("From ")) && fields(text[bytes.IndexByte(text, '\n')+1:]) > 0:
		return "it begins as an mbox file does"
	case fields(text) > 1:
		return "it begins as a message does"
	case bytes.IndexByte(head, 0) >= 0 && kind != Getmail && detect(head, "") != Getmail:
		return "it is no text"
	}
	return ""
}

// fields counts the fields that mail has, up to the first line that is none at all. A UIDL may have a colon, and a blank behind it makes the field.
func fields(head []byte) (n int) {
	for f := range header.Fields(head) {
		if f.Bad() {
			break
		}
		for _, known := range []string{"Return-Path", "Received", "Delivered-To", "Message-ID", "Date", "From", "To", "Subject", "MIME-Version", "Content-Type",
			"X-Mozilla-Status", "X-Mozilla-Status2", "Status"} {
			if f.Is(known) && bytes.IndexAny(f.Value, " \t\r\n") == 0 {
				n++
			}
		}
	}
	return n
}

// detect tells whose file it is from its beginning, and only where that does not tell from its path.
func detect(head []byte, path string) Kind {
	for text := range strings.SplitSeq(string(head), "\n") {
		text = strings.TrimRight(text, "\r")
		if strings.TrimSpace(text) == "" || text[0] == '#' {
			continue
		}
		if k := byLine(text); k != "" {
			if k == Sylpheed && isClaws(head, path) {
				return Claws
			}
			return k
		}
		break
	}
	return byPath(path)
}

// byLine tells from the first line that is no comment.
func byLine(text string) Kind {
	words := strings.Fields(text)
	switch {
	case text[0] == '*' && len(words) >= 2 && len(words[0]) > 1:
		return Thunderbird
	case strings.IndexByte(text, 0) > 0:
		if _, time, _ := strings.Cut(text, "\x00"); isNumber(time) {
			return Getmail
		}
		return ""
	case text[0] == ' ' && len(words) == 3 && isNumber(words[0]):
		return Mpop
	case strings.Contains(text, "\t"):
		if len(words) >= 2 && text[0] != '\t' && isNumber(words[1]) {
			return Sylpheed
		}
		return ""
	}
	if _, _, _, ok := fetchid(text); ok {
		return Fetchmail
	}
	return ""
}

// isClaws tells the two programs apart that keep a folder of the same name: Claws Mail has a third column.
func isClaws(head []byte, path string) bool {
	first, _, _ := bytes.Cut(head, []byte("\n"))
	return bytes.Count(first, []byte("\t")) >= 2 || strings.Contains(strings.ToLower(path), "claws")
}

// byPath tells a file with nothing but a UIDL on each line.
func byPath(path string) Kind {
	name := base(path)
	dir := base(strings.TrimRight(strings.TrimSuffix(path, name), `/\`))
	switch {
	case name == "uid-cache":
		return Evolution
	case !strings.HasPrefix(name, "uidl-") && dir != "uidl":
		return ""
	case strings.Contains(strings.ToLower(path), "claws"):
		return Claws
	}
	return Sylpheed
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
