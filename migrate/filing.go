package migrate

import (
	"strings"

	"mailmv/formats/mail"
)

// filing says how much a person meant a message to lie in a folder: the least is kept of two copies.
type filing uint8

const (
	filed   filing = iota // a folder that somebody puts mail into
	arrived               // INBOX, where mail comes by itself
	viewed                // one that shows mail of other folders once more
	junk                  // Junk and Trash: what lies there may be gone tomorrow
	discarded
)

var filingOfRole = map[mail.Role]filing{`\All`: viewed, `\Flagged`: viewed, `\Important`: viewed, `\Junk`: junk, `\Trash`: discarded}

// filingOfName knows the names that mail programs and servers give to such folders where no role tells it.
var filingOfName = map[string]filing{
	"inbox": arrived,
	"junk":  junk, "spam": junk, "junk e-mail": junk, "junk email": junk, "junk mail": junk, "bulk mail": junk, "bulk": junk,
	"trash": discarded, "deleted": discarded, "deleted items": discarded, "deleted messages": discarded, "bin": discarded,
	"papierkorb": discarded, "gelöschte objekte": discarded, "gelöschte elemente": discarded, "corbeille": discarded,
}

// filingOf goes by the folder's role, else by the last level of its name; below Trash all is discarded.
func filingOf(f mail.Folder) filing {
	if how, ok := filingOfRole[f.Role]; ok {
		return how
	}
	levels := strings.Split(strings.ToLower(string(f.Path)), "/")
	how := filingOfName[levels[len(levels)-1]]
	for _, l := range levels[:len(levels)-1] {
		if above := filingOfName[l]; above >= junk {
			how = max(how, above)
		}
	}
	return how
}

// standsFor tells whether a copy in a folder of the sink is good enough for a message that would go to another: what lies in
// Junk or Trash is one only for what would lie there too.
func (how filing) standsFor(other filing) bool {
	return how < junk || other >= junk
}
