package popstate

import (
	"bytes"
	"strings"
)

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
