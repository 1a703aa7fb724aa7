package main

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"mailmv/archive"
	"mailmv/formats/mail"
	"mailmv/migrate"
)

// route says which folders of one source are moved, and where each goes.
type route struct {
	// Root is the folder that the source is, with what is below it; empty: a forest, folders by name.
	Root mail.Path
	// Own is the root's own name, where the source shows it as another; empty: Root.
	Own mail.Path
	// To is the folder that the destination was named with; empty: none.
	To mail.Path
	// Roles are the folders of the destination that have a role; mail of a forest goes role onto role.
	Roles map[mail.Role]mail.Path
	// OneFolder: the destination is one file, INBOX. The source's root goes there; what has another name has no place in it.
	OneFolder bool
	// Went tells whether mail of a folder of the source went to that folder of the destination, which is there; nil: none has.
	Went func(from, to mail.Path) bool
	// Tell is given a word on each folder that does not go where its role says.
	Tell func(string)
	*folderOptions

	stay map[mail.Path]bool // by folder of the source, once it was asked
}

// rootOf is the root folder of a place: a maildrop and a single Maildir are INBOX and nothing else.
func rootOf(p place) mail.Path {
	if p.Proto == "pop3" || p.Kind == archive.KindMaildir && p.Folder == "" {
		return mail.Inbox
	}
	return p.Folder
}

// setRoot takes what a place in files tells of itself, once that was looked at: it shows a single folder as INBOX.
func (r *route) setRoot(name string, single bool) {
	if single {
		r.Root, r.Own = mail.Inbox, ownName(name)
	}
}

// setRootOf is setRoot for a source whose folders were listed.
func (r *route) setRootOf(p place, src migrate.Source) {
	if tree, ok := src.(interface{ Root() (string, bool) }); ok && p.Folder == "" {
		r.setRoot(tree.Root())
	}
}

// wants tells whether a folder of the source is moved.
func (r *route) wants(f mail.Folder) bool {
	if _, ok := below(f.Path, r.Root); !ok {
		return false
	}
	return r.chosen(f.Path)
}

// target is the folder of the destination for one of the source.
func (r *route) target(f mail.Folder) mail.Path {
	if r.stays(f) {
		f.Role = ""
	}
	return r.placed(f.Path, r.inside(f))
}

// inside is the target before anything is renamed.
func (r *route) inside(f mail.Folder) mail.Path { return join(r.into, r.onto(f)).Clean() }

// stays tells whether the mail of a folder that has a role goes on by name: there it went while one of the ends did not tell of
// the role, and all of it would be there twice else.
func (r *route) stays(f mail.Folder) bool {
	if r.Went == nil || f.Role == "" {
		return false
	}
	if stays, asked := r.stay[f.Path]; asked {
		return stays
	}
	o := r.unheard()
	named := mail.Folder{Path: f.Path}
	byRole, byName := o.renamed(r.inside(f)), o.renamed(r.inside(named))
	stays := byRole != byName && !r.Went(f.Path, byRole) && r.Went(f.Path, byName)
	if stays {
		r.Tell(fmt.Sprintf("%q goes on into %q, where its mail went before, and not into %q, which is the folder for %s there now: once you have "+
			"moved the mail there on the server and deleted %[2]q, it goes there", f.Path, byName, byRole, strings.TrimPrefix(string(f.Role), `\`)))
	}
	if r.stay == nil {
		r.stay = map[mail.Path]bool{}
	}
	r.stay[f.Path] = stays
	return stays
}

// onto is the target before --into.
func (r *route) onto(f mail.Folder) mail.Path {
	rest, _ := below(f.Path, r.Root)
	switch role := r.Roles[f.Role]; {
	case r.OneFolder && r.Root != "":
		return join(mail.Inbox, rest)
	case r.To != "" && r.Root != "":
		return join(r.To, rest)
	case r.To != "":
		return join(r.To, f.Path)
	case r.Root != "":
		return join(cmp.Or(r.Own, r.Root), rest)
	case f.Role != "" && role != "":
		return role
	}
	return f.Path
}

// role is what an archive keeps of a folder's: that of one which stands there by name, as at its source, not below another.
func (r *route) role(f mail.Folder) mail.Role {
	if r.Root != "" || r.To != "" || r.into != "" || !movableRoles[f.Role] {
		return ""
	}
	return f.Role
}

// movableRoles are those of folders that hold mail of their own; the others (RFC 6154 §2) show mail that lies elsewhere.
var movableRoles = map[mail.Role]bool{`\Sent`: true, `\Trash`: true, `\Drafts`: true, `\Junk`: true, `\Archive`: true}

// rolesOf are the folders by role; the first of several counts.
func rolesOf(folders []mail.Folder) map[mail.Role]mail.Path {
	roles := map[mail.Role]mail.Path{}
	for _, f := range folders {
		if movableRoles[f.Role] && roles[f.Role] == "" {
			roles[f.Role] = f.Path
		}
	}
	return roles
}

// below tells whether p is root or below it, and its name from there. Everything is below the empty root.
func below(p, root mail.Path) (rest mail.Path, ok bool) {
	if root == "" {
		return p, true
	}
	if p == root {
		return "", true
	}
	after, ok := strings.CutPrefix(string(p), string(root)+"/")
	return mail.Path(after), ok
}

func join(a, b mail.Path) mail.Path {
	if a == "" || b == "" {
		return a + b
	}
	return a + "/" + b
}

var errBracket = errors.New(`after "[" no "]" follows`)

// globRegexp makes a regular expression of a glob: "*" and "?" stay within a level, "**" crosses levels, and "**/"
// may also be no level at all. [abc] and [!abc] are one of, and none of, these; [[] is a bracket, and one that nothing closes a mistake, for
// a pattern that fits nothing would leave mail behind. Each also stands for itself, since Gmail has folders like "[Gmail]/All Mail".
// INBOX is INBOX in any case.
func globRegexp(glob string) (*regexp.Regexp, error) {
	var b strings.Builder
	b.WriteString("^")
	for rest := string(mail.Path(glob).Clean()); rest != ""; {
		n := 1
		switch {
		case strings.HasPrefix(rest, "**/"):
			b.WriteString("(?:.*/)?")
			n = 3
		case strings.HasPrefix(rest, "**"):
			b.WriteString(".*")
			n = 2
		case rest[0] == '*':
			b.WriteString("[^/]*")
		case rest[0] == '?':
			b.WriteString("[^/]")
		case rest[0] == '[' && strings.IndexByte(rest[1:], ']') > 0:
			n = strings.IndexByte(rest[1:], ']') + 2
			class, not := strings.CutPrefix(rest[1:n-1], "!")
			b.WriteString("(?:" + regexp.QuoteMeta(rest[:n]) + "|[")
			if not {
				b.WriteString("^/")
			}
			b.WriteString(strings.NewReplacer(`\`, `\\`, "[", `\[`, "^", `\^`).Replace(class) + "])")
		case rest[0] == '[':
			return nil, errBracket
		default:
			_, n = utf8.DecodeRuneInString(rest)
			b.WriteString(regexp.QuoteMeta(rest[:n]))
		}
		rest = rest[n:]
	}
	return regexp.Compile("(?s)" + b.String() + "$")
}
