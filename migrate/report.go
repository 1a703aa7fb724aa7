package migrate

import (
	"fmt"
	"time"

	"mailmv/formats/mail"
)

// Counts are the numbers of a report. Seen = Copied + Present + Duplicate + Skipped + Failed, always.
type Counts struct {
	Seen, Copied, Present, Duplicate, Skipped, Failed int
	// Removed counts messages gone from the source, of whatever outcome.
	Removed int
	// Altered counts copied messages that the destination keeps with other octets than it was given.
	Altered int
	// Flagged counts messages that were there already and got changed flags.
	Flagged int
	// Octets is the sum of the copied messages' octets, as far as they are known.
	Octets int64
	// Unsized counts copied messages that Octets has nothing of: a dry run does not read what does not tell its size.
	Unsized int
}

// Add adds one message of that outcome; octets count where it was Copied.
func (c *Counts) add(o Outcome, octets int64) {
	switch o {
	case Copied:
		c.Copied++
		if octets < 0 {
			c.Unsized++
		}
		c.Octets += max(octets, 0)
	case Present:
		c.Present++
	case Duplicate:
		c.Duplicate++
	case Skipped:
		c.Skipped++
	case Failed:
		c.Failed++
	case Removed:
		c.Removed++
		return
	}
	c.Seen++
}

func (c *Counts) plus(d Counts) {
	c.Seen += d.Seen
	c.Copied += d.Copied
	c.Present += d.Present
	c.Duplicate += d.Duplicate
	c.Skipped += d.Skipped
	c.Failed += d.Failed
	c.Removed += d.Removed
	c.Altered += d.Altered
	c.Flagged += d.Flagged
	c.Octets += d.Octets
	c.Unsized += d.Unsized
}

// Balanced tells whether every message that was seen is accounted for.
func (c Counts) Balanced() bool {
	return c.Seen == c.Copied+c.Present+c.Duplicate+c.Skipped+c.Failed
}

// String is the last line of every report: "412 seen = 398 copied + 9 present + ...".
func (c Counts) String() string {
	return fmt.Sprintf("%d seen = %d copied + %d present + %d duplicate + %d skipped + %d failed",
		c.Seen, c.Copied, c.Present, c.Duplicate, c.Skipped, c.Failed)
}

// FolderReport is one line of the table: a folder of a source and where it went.
type FolderReport struct {
	Source string
	Folder mail.Path
	To     mail.Path
	Counts
}

// Report is what a run did. Complete is false where messages were not reached (they count as skipped or failed, Run.Do).
type Report struct {
	Counts
	Folders  []FolderReport
	Elapsed  time.Duration
	Complete bool
}
