package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"mailmv/formats/mail"
	"mailmv/migrate/imap"
	"mailmv/migrate/pop3"
)

// aboutIMAP says what the answers of an IMAP server mean for a move.
func aboutIMAP(s imap.About) about {
	has := s.Offers
	r := about{peer: s.Peer, serverReport: serverReport{Software: s.Software, Capabilities: s.Capabilities, Delimiter: &s.Delimiter, Prefix: &s.Prefix,
		Roles: textMap(s.Roles), Flags: s.Flags, AppendLimit: s.AppendLimit, Folders: s.Folders}}
	for _, q := range s.Quotas {
		if q.Resource == "STORAGE" { // RFC 9208 §5.1: in units of 1024 octets
			q.Used, q.Limit = q.Used*1024, q.Limit*1024
		}
		r.quotas = append(r.quotas, quotaJSON{"quota", q.Root, q.Resource, q.Used, q.Limit})
	}
	r.facts = []fact{
		says("UIDPLUS", has("UIDPLUS"), "the server names each message as it stores it, and removes just those that are meant",
			"what was stored is found by looking for it, which costs a listing; and nothing can be removed from it, for what other programs have marked would go too"),
		says("MULTIAPPEND", has("MULTIAPPEND"), "many messages are stored by one command: this is the fastest way in", "each message is stored by a command of its own, several under way at once"),
		literalFact(has),
		says("CONDSTORE", has("CONDSTORE"), "a folder in which nothing has changed, flags included, is not listed again", "to see changed flags each folder is listed in every run; --flags keep spares that"),
		says("QRESYNC", has("QRESYNC"), "offered; mailmv needs no more than CONDSTORE", "not needed: folders are compared by their UIDs"),
		says("MOVE", has("MOVE"), "mail programs move messages inside the account in one step; mailmv proves a copy first and does not need it", "not needed: mailmv proves a copy before it removes"),
		says("SPECIAL-USE", has("SPECIAL-USE"), rolesText(r.Roles), "the server does not say which folder is Sent, Trash, Drafts, Junk or Archive: they go by their names, or where --map says"),
		says("COMPRESS", has("COMPRESS"), "offered, and not used: mail goes over the line as it is", "mail goes over the line as it is"),
		namespaceFact(s),
		delimiterFact(s),
		keywordFact(s),
		limitFact(s),
		says("QUOTA", has("QUOTA"), quotaMeaning(r.quotas), "the server does not tell how much room is left: a full account shows as refused messages"),
	}
	return r
}

func literalFact(has func(string) bool) fact {
	f := says("LITERAL+", has("LITERAL+"), "messages are sent without waiting to be asked for them", "each message waits to be asked for: one round trip more")
	if !f.Offered && has("LITERAL-") {
		f.Name, f.Offered, f.Means = "LITERAL-", true, "messages up to 4096 octets are sent without waiting to be asked for them"
	}
	return f
}

func rolesText(roles map[string]string) string {
	var all []string
	for role, folder := range roles {
		all = append(all, fmt.Sprintf("%s is %q", strings.TrimPrefix(role, `\`), folder))
	}
	slices.Sort(all)
	if len(all) == 0 {
		return "no folder has a use of its own yet"
	}
	return strings.Join(all, ", ") + ": mail of such folders goes there, whatever their names"
}

func namespaceFact(s imap.About) fact {
	f := says("NAMESPACE", s.Offers("NAMESPACE"), "folders are counted from the account's top", "the server does not tell where the account's folders begin: they are taken from the top")
	if s.Prefix != "" {
		f.Value, f.Means = s.Prefix, fmt.Sprintf("all folders are below %q; mailmv leaves that out of their names", s.Prefix)
	}
	if len(s.Others) > 0 {
		f.Means += "; folders of other users and shared ones (" + quoteAll(s.Others) + ") are left alone"
	}
	return f
}

func delimiterFact(s imap.About) fact {
	f := fact{Kind: "capability", Name: "delimiter", Offered: s.Delimiter != "", Value: s.Delimiter}
	switch s.Delimiter {
	case "":
		f.Value, f.Means = "none", "the server has no folders in folders: their levels are joined into one name"
	case "/":
		f.Means = "levels of folders are written as mailmv writes them"
	default:
		f.Means = fmt.Sprintf("levels of folders are joined by it; a folder with %q in its name gets a sign there that looks alike", s.Delimiter)
	}
	return f
}

func keywordFact(s imap.About) fact {
	f := fact{Kind: "capability", Name: "keywords"}
	switch {
	case !s.FlagsKnown:
		f.Value, f.Means = "not told", `only opening INBOX for writing would tell, which could take \Recent from messages: not asked`
	case slices.Contains(s.Flags, `\*`):
		f.Offered, f.Value, f.Means = true, "any", "labels of mail programs go along"
	default:
		kept := slices.DeleteFunc(slices.Clone(s.Flags), func(w string) bool { return strings.HasPrefix(w, `\`) })
		f.Offered, f.Value, f.Means = len(kept) > 0, "few", "only "+quoteAll(kept)+" are kept: other labels are left out, which is said"
		if len(kept) == 0 {
			f.Value, f.Means = "none", "labels of mail programs are left out, which is said"
		}
	}
	return f
}

func limitFact(s imap.About) fact {
	f := says("APPENDLIMIT", s.AppendLimit > 0, "", "the server does not tell how large a message may be: what is refused is listed")
	if f.Offered {
		f.Value, f.Means = sizeText(s.AppendLimit), fmt.Sprintf("larger messages are refused, and listed; --larger %d --dry-run shows them beforehand", s.AppendLimit)
	}
	return f
}

func quotaMeaning(quotas []quotaJSON) string {
	if len(quotas) == 0 {
		return "the account has no limit that the server tells"
	}
	return "see above; a run that meets the limit stops with exit code 5, and goes on when there is room"
}

// aboutPOP3 says what the answers of a POP3 server mean for a move.
func aboutPOP3(s pop3.About) about {
	r := about{peer: s.Peer, serverReport: serverReport{Capabilities: s.Capabilities, Folders: 1, Messages: &s.Messages}}
	if s.Octets >= 0 {
		r.Octets = &s.Octets
	}
	has := s.Offers
	asked := s.Capabilities != nil
	uidl := says("UIDL", s.UIDL, "messages have lasting names: a later run fetches only what is new", "messages have no lasting names: every run reads all of them to tell them apart")
	if s.Shared > 0 {
		uidl.Means = fmt.Sprintf("%s a name with another: they are read in every run, the others once", mail.Count(s.Shared, "message shares", "messages share"))
	}
	r.facts = []fact{
		says("CAPA", asked, "the server says what it can do", "the server does not say what it can do: it is tried, carefully"),
		uidl,
		says("TOP", has("TOP"), "headers can be read alone: --since, --before and a dry run need no whole messages", "headers may cost whole messages: --since and --before are slow here"),
		says("PIPELINING", has("PIPELINING"), "many messages are asked for at once: distance costs nothing", "messages are asked for one by one: each costs a round trip"),
		says("STLS", has("STLS"), "pop3:// is secured before login, too", "not announced here, where the connection is "+map[bool]string{true: "secure already", false: "in the clear"}[s.Peer.Version != ""]),
		saslFact(s), expireFact(s), delayFact(s),
	}
	return r
}

func saslFact(s pop3.About) fact {
	f := says("SASL", s.Offers("SASL"), "the safest of these is used, unless auth= names one", "only user and password, or APOP")
	f.Value = strings.Join(s.Arguments("SASL"), " ")
	return f
}

// expireFact reads EXPIRE (RFC 2449 §6.7).
func expireFact(s pop3.About) fact {
	f := says("EXPIRE", s.Offers("EXPIRE"), "", "the server does not say that it removes mail by itself")
	if args := s.Arguments("EXPIRE"); len(args) > 0 {
		f.Value = args[0]
		switch {
		case strings.EqualFold(args[0], "NEVER"):
			f.Means = "the server removes no mail by itself"
		case args[0] == "0":
			f.Means = "the server may remove what was fetched as the session ends, asked or not: let the first run be whole, and verify"
		default:
			f.Means = fmt.Sprintf("the server removes mail by itself after %s days: move it before that", args[0])
		}
	}
	return f
}

// delayFact reads LOGIN-DELAY (RFC 2449 §6.5).
func delayFact(s pop3.About) fact {
	f := says("LOGIN-DELAY", s.Offers("LOGIN-DELAY"), "", "the server asks for no pause between logins")
	if args := s.Arguments("LOGIN-DELAY"); len(args) > 0 {
		f.Value = args[0]
		if n, err := strconv.Atoi(args[0]); err == nil {
			f.Means = fmt.Sprintf("the next run, and a removal that needs another session, wait %s", mail.Count(n, "second", "seconds"))
		}
	}
	return f
}
