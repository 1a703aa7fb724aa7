package header

import "strings"

// zone reads +hhmm and what resembles it: +hh:mm, +hh.
func (d *date) zone(w string) {
	if d.hasZone { // "GMT +0200": the number is what the writer's clock said
		d.bent = true
	}
	d.hasZone = true
	digits := strings.ReplaceAll(w[1:], ":", "")
	n, rest := number(digits)
	d.bent = d.bent || rest != "" || len(w) != 5 || len(digits) != 4
	hours, minutes := n/100, n%100
	switch len(digits) {
	case 1, 2:
		hours, minutes = n, 0
	case 3, 4:
	default:
		hours, minutes = 0, 0
	}
	if hours > 23 || minutes > 59 {
		d.bent, hours, minutes = true, 0, 0
	}
	d.offset = 3600*hours + 60*minutes
	if w[0] == '-' {
		d.offset = -d.offset
	}
}

// zoneNamed reads a zone by its name, in lower case; one that means nothing to us leaves the date in UTC.
func (d *date) zoneNamed(w string) {
	if i := strings.IndexAny(w, "+-"); i > 0 { // "gmt+0200", "utc-5"
		d.bent = true
		d.zone(w[i:])
		return
	}
	if minutes, ok := rfcZones[w]; ok {
		d.hasZone, d.offset = true, 60*minutes
		return
	}
	d.bent = true
	if minutes, ok := otherZones[w]; ok {
		d.hasZone, d.offset = true, 60*minutes
	}
}

// rfcZones are those that RFC 5322 §4.3 gives a meaning, in minutes east.
var rfcZones = map[string]int{
	"ut": 0, "gmt": 0, "est": -300, "edt": -240, "cst": -360, "cdt": -300,
	"mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
}

// otherZones are names met in mail that mean one thing, or one thing mostly. IST is India, Ireland
// and Israel, BST once also Brazil: the commonest in mail is taken.
var otherZones = map[string]int{
	"z": 0, "utc": 0, "wet": 0, "west": 60, "bst": 60, "met": 60, "mez": 60, "cet": 60, "mest": 120,
	"mesz": 120, "cest": 120, "eet": 120, "eest": 180, "msk": 180, "msd": 240, "ist": 330, "sgt": 480,
	"hkt": 480, "awst": 480, "jst": 540, "kst": 540, "acst": 570, "acdt": 630, "aest": 600, "aedt": 660,
	"nzst": 720, "nzdt": 780, "nst": -210, "ndt": -150, "ast": -240, "adt": -180, "akst": -540,
	"akdt": -480, "hst": -600, "sast": 120, "brt": -180, "art": -180, "clt": -240,
}
