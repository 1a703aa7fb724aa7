package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate/imap"
	"mailmv/migrate/pop3"
	"mailmv/migrate/wire"
)

// fact is something that a server offers, or does not, and what that means for a move.
type fact struct {
	Kind    string `json:"kind"`
	Name    string `json:"name"`
	Offered bool   `json:"offered"`
	Value   string `json:"value,omitempty"`
	Means   string `json:"means"`
}

// certificateJSON is what the server showed of itself.
type certificateJSON struct {
	Kind      string   `json:"kind"`
	TLS       string   `json:"tls"`
	Cipher    string   `json:"cipher"`
	Subject   string   `json:"subject"`
	Issuer    string   `json:"issuer"`
	Names     []string `json:"names"`
	NotBefore string   `json:"not_before"`
	Expires   string   `json:"expires"`
	Pin       string   `json:"pin"`
}

// quotaJSON is one resource of the account; STORAGE in octets.
type quotaJSON struct {
	Kind     string `json:"kind"`
	Root     string `json:"root"`
	Resource string `json:"resource"`
	Used     int64  `json:"used"`
	Limit    int64  `json:"limit"`
}

// serverReport is the last object of check of a server.
type serverReport struct {
	Kind         string            `json:"kind"`
	Command      string            `json:"command"`
	Place        string            `json:"place"`
	Protocol     string            `json:"protocol"`
	Software     string            `json:"software"`
	Capabilities []string          `json:"capabilities"`
	Delimiter    *string           `json:"delimiter,omitempty"`
	Prefix       *string           `json:"prefix,omitempty"`
	Roles        map[string]string `json:"roles,omitempty"`
	Flags        []string          `json:"flags,omitempty"` // that can be kept; "\*": any keyword
	AppendLimit  int64             `json:"append_limit,omitempty"`
	Folders      int               `json:"folders"`
	Messages     *int              `json:"messages,omitempty"`
	Octets       *int64            `json:"octets,omitempty"`
	Seconds      float64           `json:"seconds"` // that connecting and asking took
	Complete     bool              `json:"complete"`
}

// about is what check has found out of a server.
type about struct {
	serverReport
	peer   wire.Peer
	facts  []fact
	quotas []quotaJSON
}

// runCheckServer logs in, asks, and says what the answers mean.
func (a *app) runCheckServer(ctx context.Context, p place, silence time.Duration) error {
	a.warnPlaintext(&trip{from: []place{p}})
	src, err := a.newOpener(nil, silence, a.note).source(ctx, p)
	if err != nil {
		return err
	}
	begun := time.Now()
	var r about
	switch s := src.(type) {
	case *imap.Store:
		var found imap.About
		found, err = s.About(ctx)
		r = aboutIMAP(found)
	case *pop3.Store:
		var found pop3.About
		found, err = s.About(ctx)
		r = aboutPOP3(found)
	}
	err = errors.Join(err, src.Close())
	if err != nil {
		return err
	}
	r.Kind, r.Command, r.Place, r.Protocol, r.Complete = "report", "check", a.redact.clean(p.String()), p.Proto, true
	r.Seconds = time.Since(begun).Round(time.Millisecond).Seconds()
	return outputError(a.printServer(r))
}

func (a *app) printServer(r about) error {
	if !a.opts.json {
		return a.printServerText(r)
	}
	if r.peer.Version != "" {
		if err := a.object(certificateJSON{"certificate", r.peer.Version, r.peer.Cipher, r.peer.Subject, r.peer.Issuer, r.peer.Names,
			r.peer.NotBefore.UTC().Format(time.RFC3339), r.peer.Expiry.UTC().Format(time.RFC3339), r.peer.Pin}); err != nil {
			return err
		}
	}
	for _, f := range r.facts {
		if err := a.object(f); err != nil {
			return err
		}
	}
	for _, q := range r.quotas {
		if err := a.object(q); err != nil {
			return err
		}
	}
	return a.object(r.serverReport)
}

func (a *app) printServerText(r about) error {
	if a.opts.quiet {
		return nil
	}
	rows := [][]string{{"connection", connectionText(r.peer)}}
	if r.peer.Version != "" {
		rows = append(rows, []string{"certificate", certificateText(r.peer, time.Now())}, []string{"pin", r.peer.Pin})
	}
	for _, q := range r.quotas {
		rows = append(rows, []string{"quota", quotaText(q)})
	}
	for _, f := range r.facts {
		value := cmp.Or(f.Value, map[bool]string{true: "yes", false: "no"}[f.Offered])
		rows = append(rows, []string{f.Name, value + ": " + f.Means})
	}
	for i := range rows {
		rows[i][1] = a.foreign(rows[i][1])
	}
	var b strings.Builder
	writeTable(&b, rows, 0)
	fmt.Fprintf(&b, "%s: %s, %s", a.foreign(r.Place), a.foreign(cmp.Or(r.Software, strings.ToUpper(r.Protocol))), mail.Count(r.Folders, "folder", "folders"))
	if r.Messages != nil {
		fmt.Fprintf(&b, ", %s, %s", mail.Count(*r.Messages, "message", "messages"), known(r.Octets, sizeText))
	}
	return a.screen.line(a.stdout, b.String())
}

func connectionText(p wire.Peer) string {
	if p.Version == "" {
		return "in the clear: password and mail can be read on the way"
	}
	return p.Version + ", " + p.Cipher
}

// soon is how long before its end a certificate is worth a word.
const soon = 21 * 24 * time.Hour

func certificateText(p wire.Peer, now time.Time) string {
	left := p.Expiry.Sub(now)
	text := fmt.Sprintf("of %q for %s, until %s", p.Issuer, cmp.Or(strings.Join(p.Names[:min(5, len(p.Names))], ", "), "no name"), day(p.Expiry))
	switch {
	case left < 0:
		text += ": it has expired"
	case left < soon:
		text += fmt.Sprintf(": it expires in %s, and runs fail then unless it is renewed", mail.Count(int(left.Hours()/24), "day", "days"))
	}
	return text
}

func quotaText(q quotaJSON) string {
	size := func(n int64) string { return fmt.Sprint(n) }
	if q.Resource == "STORAGE" {
		size = sizeText
	}
	text := fmt.Sprintf("%s: %s of %s used", strings.ToLower(q.Resource), size(q.Used), size(q.Limit))
	if q.Used >= q.Limit {
		return text + ": it is full, and takes no mail"
	}
	return text + fmt.Sprintf(": mail of %s more can come", size(q.Limit-q.Used))
}

// says is a fact with one meaning where it is offered, and another where not.
func says(name string, offered bool, yes, no string) fact {
	f := fact{Kind: "capability", Name: name, Offered: offered, Means: no}
	if offered {
		f.Means = yes
	}
	return f
}

func textMap[K ~string, V ~string](m map[K]V) map[string]string {
	out := map[string]string{}
	for k, v := range m {
		out[string(k)] = string(v)
	}
	return out
}

func quoteAll(words []string) string {
	var all []string
	for _, w := range slices.Sorted(slices.Values(words)) {
		all = append(all, fmt.Sprintf("%q", w))
	}
	return strings.Join(all, ", ")
}
