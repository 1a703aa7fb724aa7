package census

import (
	"maps"
	"slices"
)

// Overlap says which mail is where.
type Overlap struct {
	Places []PlaceShare
	// Also is how many messages of the first place are also in the second.
	Also [][]int
}

// Share is some mail of a place.
type Share struct {
	// Messages are different ones: copies of one within the place count once.
	Messages int
	// Only are those that no other place has.
	Only int
}

// PlaceShare is the mail of a place, as a whole, by folder and by year.
type PlaceShare struct {
	Name string
	Share
	Folders []FolderShare
	Years   []YearShare
	// Copies are all that were listed; Unknown could not be read, Skipped are no mail.
	Copies, Unknown, Skipped int
}

// FolderShare is the mail of a folder. A message that is in two folders counts in both.
type FolderShare struct {
	Number int // in Census.Folders
	Share
}

// YearShare is the mail that was received in a year; 0: it is not known when.
type YearShare struct {
	Year int
	Share
}

// Overlap counts by groups: those of all places together.
func (c *Census) Overlap(groups []Group) *Overlap {
	o := &Overlap{Places: make([]PlaceShare, len(c.Places)), Also: make([][]int, len(c.Places))}
	for n, p := range c.Places {
		o.Places[n].Name, o.Also[n] = p.Name, make([]int, len(c.Places))
	}
	byFolder := make([]Share, len(c.Folders))
	years := make([]map[int]Share, len(c.Places))
	for n := range years {
		years[n] = map[int]Share{}
	}
	count := func(copies []int32) {
		var in []int // places, each once
		for _, i := range copies {
			if p := c.FolderOf(i).Place; !slices.Contains(in, p) {
				in = append(in, p)
			}
		}
		one := Share{Messages: 1}
		if len(in) == 1 {
			one.Only = 1
		}
		for _, a := range in {
			o.Places[a].add(one)
			for _, b := range in {
				o.Also[a][b]++
			}
		}
		year := c.year(copies)
		for _, p := range in {
			s := years[p][year]
			s.add(one)
			years[p][year] = s
		}
		var folders []int
		for _, i := range copies {
			if n := c.FolderNumber(i); !slices.Contains(folders, n) {
				folders = append(folders, n)
				byFolder[n].add(one)
			}
		}
	}
	grouped := make([]bool, len(c.Copies))
	for _, g := range groups {
		for _, i := range g.Copies {
			grouped[i] = true
		}
		count(g.Copies)
	}
	for i := range c.Copies {
		n, p := int32(i), &o.Places[c.FolderOf(int32(i)).Place]
		p.Copies++
		switch {
		case c.Skipped(n):
			p.Skipped++
		case c.Failed(n):
			p.Unknown++
		case !grouped[i]:
			count([]int32{n})
		}
	}
	for n, s := range byFolder {
		p := &o.Places[c.Folders[n].Place]
		p.Folders = append(p.Folders, FolderShare{n, s})
	}
	for n := range years {
		for _, y := range slices.Sorted(maps.Keys(years[n])) {
			o.Places[n].Years = append(o.Places[n].Years, YearShare{y, years[n][y]})
		}
	}
	return o
}

// year is that of the earliest date that any copy has: the others may be of when it was copied. 0: none has one.
func (c *Census) year(copies []int32) int {
	year := 0
	for _, i := range copies {
		if t := c.Date(i); !t.IsZero() && (year == 0 || t.UTC().Year() < year) {
			year = t.UTC().Year()
		}
	}
	return year
}

func (s *Share) add(t Share) {
	s.Messages += t.Messages
	s.Only += t.Only
}
