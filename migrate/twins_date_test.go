package migrate

import (
	"slices"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// came is someDate.
var came = time.Date(2004, 1, 2, 2, 4, 5, 0, time.UTC)

// server is a store on a server: it changes no dates, and answers at an address.
type server struct {
	serverStore
	at string
}

type serverStore interface {
	Source
	Sink
	Remover
	Flagger
}

func (s server) Peer() string { return s.at }

func datesIn(s *memstore.Store, p mail.Path) (years []int) {
	for _, m := range s.Messages(p) {
		years = append(years, m.InternalDate.Year())
	}
	slices.Sort(years)
	return years
}

// Of what several PCs have the copy gets the earliest date, but none that cannot be true; also when it was copied in an earlier run; and
// verify finds nothing wrong with that.
func TestTwinsDates(t *testing.T) {
	b := newPCs(t, 3)
	put := func(source int, octets string, year int) {
		b.sources[source].Put(mail.Inbox, memstore.Message{Octets: []byte(octets), InternalDate: time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)})
	}
	put(0, one, came.Year()+9)
	put(0, two, came.Year()+9)
	put(0, three, came.Year()+1)
	put(1, fetched("b", one), came.Year()+5)
	put(1, thunderbird(1, two), 1995)
	put(1, three, came.Year()+2)
	b.mustDo("6 seen = 3 copied + 0 present + 3 duplicate + 0 skipped + 0 failed")
	y := came.Year()
	if got := datesIn(b.sink, mail.Inbox); !slices.Equal(got, []int{y + 1, y + 5, y + 9}) {
		t.Errorf("dates of %v", got)
	}
	put(2, one, y+2)
	put(2, one, y+3)
	b.mustDo("8 seen = 0 copied + 3 present + 5 duplicate + 0 skipped + 0 failed")
	if got := datesIn(b.sink, mail.Inbox); !slices.Equal(got, []int{y + 1, y + 2, y + 9}) {
		t.Errorf("one more PC: dates of %v", got)
	}
	r := b.run
	for i, s := range b.sources {
		r.Sources = append(r.Sources, From{Source: s, Name: string(rune('a' + i)), ID: string(rune('a' + i))})
	}
	r.Sink, r.SinkID, r.To = b.sink, sinkID, func(f mail.Folder) mail.Path { return f.Path }
	var wrong []Verified
	r.Observe = func(e Event) {
		if v, ok := e.(Verified); ok && v.Finding != Proven {
			wrong = append(wrong, v)
		}
	}
	if p, err := r.Verify(t.Context()); err != nil || p.Present != 8 {
		t.Errorf("verified: %+v, %v, %+v", p.ProofCounts, err, wrong)
	}
}

// A sink that changes no dates keeps its own; then a twin with an earlier one is not removed, unless that is accepted.
func TestTwinsDateOnServer(t *testing.T) {
	for _, accept := range []bool{false, true} {
		b := newPCs(t, 1)
		b.sink.Put("Old", memstore.Message{Octets: []byte(one), InternalDate: came.AddDate(9, 0, 0)})
		b.sink.Put("Old", memstore.Message{Octets: []byte(two), InternalDate: came.Add(time.Minute - time.Second)})
		for _, o := range []string{one, two, three} {
			b.sources[0].Put(mail.Inbox, memstore.Message{Octets: []byte(o), InternalDate: came})
		}
		j := newJournal()
		j.file = memstore.NewFile(nil, nil)
		if err := j.start(sinkID); err != nil {
			t.Fatal(err)
		}
		run := Run{Sources: []From{{Source: server{b.sources[0], "b:993"}, Name: "pc", ID: "pc"}}, Sink: server{b.sink, "a:993"}, Journal: j, Retries: -1, Twins: DropTwins,
			To: func(f mail.Folder) mail.Path { return f.Path }, Remove: Removal{On: true, LimitPercent: -1, AcceptAltered: accept}}
		for range 2 {
			if rep, err := run.Do(t.Context()); err != nil {
				t.Fatal(rep.Counts, err)
			}
		}
		left := b.sources[0].Messages(mail.Inbox)
		if accept != (len(left) == 0) || !accept && (len(left) != 1 || string(left[0].Octets) != one) {
			t.Errorf("accepted=%v: %d are left", accept, len(left))
		}
		if got := datesIn(b.sink, "Old"); !slices.Equal(got, []int{came.Year(), came.Year() + 9}) {
			t.Errorf("dates of %v", got)
		}
	}
}

// Two servers that both count UIDVALIDITY and UIDs from 1 are two, and mail is removed from the one; where both answer at one
// place they may be one.
func TestTwoServersCountAlike(t *testing.T) {
	for _, other := range []string{"a:993", "b:993"} {
		from, to := &memstore.Store{}, &memstore.Store{}
		for _, o := range []string{one, two, three} {
			from.Put(mail.Inbox, memstore.Message{Octets: []byte(o), InternalDate: came})
		}
		j := newJournal()
		j.file = memstore.NewFile(nil, nil)
		if err := j.start(sinkID); err != nil {
			t.Fatal(err)
		}
		run := Run{Sources: []From{{Source: server{from, "a:993"}, Name: "a", ID: "a"}}, Sink: server{to, other}, Journal: j, Retries: -1,
			To: func(f mail.Folder) mail.Path { return f.Path }, Remove: Removal{On: true, LimitPercent: -1}}
		if rep, err := run.Do(t.Context()); err != nil || rep.Copied != 3 {
			t.Fatal(rep.Counts, err)
		}
		if left := len(from.Messages(mail.Inbox)); left != map[string]int{"a:993": 3, "b:993": 0}[other] {
			t.Errorf("%s: %d are left", other, left)
		}
	}
}
