package emlx

import (
	"encoding/xml"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"mailmv/formats/mail"
)

// flagBits are the bits of "flags" that mail elsewhere knows. The others count attachments, keep a priority
// or a font size.
var flagBits = [...]struct {
	bit     uint
	flag    mail.Flags
	keyword string
}{
	{bit: 0, flag: mail.Seen},
	{bit: 1, flag: mail.Deleted},
	{bit: 2, flag: mail.Answered},
	{bit: 4, flag: mail.Flagged},
	{bit: 6, flag: mail.Draft},
	{bit: 8, keyword: "$Forwarded"},
	{bit: 24, keyword: "$Junk"},
	{bit: 25, keyword: "$NotJunk"},
}

// parseList reads the property list: of its outer dictionary the numbers "flags" (which newer files make longer
// than 32 bits) and "date-received" (Unix seconds). A list that breaks off tells what stood before.
func parseList(r io.Reader) State {
	var s State
	for key, value := range numbers(r) {
		switch key {
		case "flags":
			bits, err := strconv.ParseUint(value, 10, 64)
			if err != nil {
				continue
			}
			s.Told = true
			for _, f := range flagBits {
				if bits>>f.bit&1 == 0 {
					continue
				}
				s.Flags |= f.flag
				if f.keyword != "" {
					s.Keywords = append(s.Keywords, f.keyword)
				}
			}
		case "date-received":
			if sec, err := strconv.ParseFloat(value, 64); err == nil && sec > 0 && sec < math.MaxUint32 {
				s.Received = time.Unix(int64(sec), 0).UTC()
			}
		}
	}
	return s
}

// numbers gives the integers and reals of the outer dictionary by their keys.
func numbers(r io.Reader) map[string]string {
	all := map[string]string{}
	d := xml.NewDecoder(r)
	d.Strict = false
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	key, depth := "", 0
	for {
		t, err := d.Token()
		if err != nil {
			return all
		}
		switch e := t.(type) {
		case xml.StartElement:
			switch name := e.Name.Local; {
			case name == "dict" || name == "array":
				depth++
			case depth == 1 && name == "key":
				key = text(d)
			case depth == 1 && (name == "integer" || name == "real"):
				all[key] = text(d)
			}
		case xml.EndElement:
			if e.Name.Local == "dict" || e.Name.Local == "array" {
				depth--
			}
		}
	}
}

// text is the character data up to the next tag.
func text(d *xml.Decoder) string {
	t, err := d.Token()
	if c, ok := t.(xml.CharData); ok && err == nil {
		return strings.TrimSpace(string(c))
	}
	return ""
}
