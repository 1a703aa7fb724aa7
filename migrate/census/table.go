package census

// Counts are the numbers of a folder, or of all: Seen = Kept + Duplicate + Skipped + Failed, always.
type Counts struct {
	Seen, Kept, Duplicate, Skipped, Failed int
	// Octets are those of all messages, as far as they are known; Saved those of the further copies.
	Octets, Saved int64
	// Fixed counts those of Duplicate that lie where nothing can be removed.
	Fixed int
}

func (c *Counts) plus(d Counts) {
	c.Seen += d.Seen
	c.Kept += d.Kept
	c.Duplicate += d.Duplicate
	c.Skipped += d.Skipped
	c.Failed += d.Failed
	c.Octets += d.Octets
	c.Saved += d.Saved
	c.Fixed += d.Fixed
}

// Balanced tells whether every message is accounted for.
func (c Counts) Balanced() bool { return c.Seen == c.Kept+c.Duplicate+c.Skipped+c.Failed }

// Count counts by folder, in the order of Folders, and in all.
func (c *Census) Count(groups []Group) (folders []Counts, all Counts) {
	folders = make([]Counts, len(c.Folders))
	drop := make([]bool, len(c.Copies))
	for _, g := range groups {
		for i := range g.Drop() {
			drop[i] = true
		}
	}
	for n := range c.Folders {
		f, k := &c.Folders[n], &folders[n]
		for i := range f.In() {
			octets := max(0, c.Octets(i))
			k.Seen++
			k.Octets += octets
			switch {
			case c.Skipped(i):
				k.Skipped++
			case c.Failed(i):
				k.Failed++
			case drop[i]:
				k.Duplicate++
				k.Saved += octets
				if c.Places[f.Place].Fixed {
					k.Fixed++
					k.Saved -= octets
				}
			default:
				k.Kept++
			}
		}
		all.plus(*k)
	}
	return folders, all
}
