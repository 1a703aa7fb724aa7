package census_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/migrate/census"
	"mailmv/migrate/memstore"
)

var someDate = time.Date(2003, 5, 6, 7, 8, 9, 0, time.UTC)

func letter(n int) string {
	return fmt.Sprintf("From: a@x\r\nSubject: %d\r\nMessage-ID: <%d@x>\r\n\r\nbody %d\r\n", n, n, n)
}

// fetched is the same message as another PC has it.
func fetched(n int) string { return "X-UIDL: 17\r\nX-Mozilla-Status: 0001\r\n" + letter(n) }

// put puts messages into a folder, an hour apart.
func put(s *memstore.Store, p mail.Path, texts ...string) {
	for i, text := range texts {
		s.Put(p, memstore.Message{Octets: []byte(text), InternalDate: someDate.Add(time.Duration(i) * time.Hour)})
	}
}

// bench is some places.
type bench struct {
	stores []*memstore.Store
	places []*census.Place
	rules  *dedupe.Rules
	deep   bool
}

func newBench(n int) *bench {
	b := &bench{rules: dedupe.Standard()}
	for i := range n {
		s := &memstore.Store{}
		b.stores = append(b.stores, s)
		b.places = append(b.places, &census.Place{Source: s, Name: fmt.Sprint("place", i)})
	}
	return b
}

func (b *bench) take(t *testing.T) *census.Census {
	t.Helper()
	c := &census.Census{Places: b.places, Rules: b.rules, Deep: b.deep, Jobs: 3}
	if err := c.Take(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func judge(t *testing.T, c *census.Census, w census.Wish) *census.Found {
	t.Helper()
	f, err := c.Judge(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// groups writes groups as text: place/folder/id of each, the one that stays in brackets.
func groups(c *census.Census, f *census.Found) (all []string) {
	for _, g := range f.Groups {
		var words []string
		for _, i := range g.Copies {
			w := fmt.Sprintf("%d/%s/%s", c.FolderOf(i).Place, c.FolderOf(i).Path, c.Ref(i).ID)
			if i == g.Keep {
				w = "[" + w + "]"
			}
			words = append(words, w)
		}
		all = append(all, strings.Join(words, " "))
	}
	return all
}

func TestGroups(t *testing.T) {
	rows := []struct {
		name string
		fill func(b *bench)
		wish census.Wish
		want []string
	}{
		{"across places, the first place's stays", func(b *bench) {
			put(b.stores[0], "INBOX", letter(1), letter(2))
			put(b.stores[1], "INBOX", fetched(2), letter(3))
		}, census.Wish{}, []string{"[0/INBOX/2] 1/INBOX/1"}},
		{"one that is filed stays", func(b *bench) {
			put(b.stores[0], "INBOX", letter(1))
			put(b.stores[0], "Work", letter(1))
		}, census.Wish{}, []string{"0/INBOX/1 [0/Work/1]"}},
		{"one in Trash does not", func(b *bench) {
			put(b.stores[0], "Trash", letter(1))
			put(b.stores[1], "INBOX", letter(1))
		}, census.Wish{}, []string{"0/Trash/1 [1/INBOX/1]"}},
		{"nor one where nothing can be removed", func(b *bench) {
			put(b.stores[0], "Work", letter(1))
			put(b.stores[1], "INBOX", letter(1))
			b.places[0].Fixed = true
		}, census.Wish{}, []string{"0/Work/1 [1/INBOX/1]"}},
		{"unless its place is to be first", func(b *bench) {
			put(b.stores[0], "Work", letter(1))
			put(b.stores[1], "INBOX", letter(1))
			b.places[0].Fixed, b.places[0].First = true, true
		}, census.Wish{}, []string{"[0/Work/1] 1/INBOX/1"}},
		{"the newest, by wish", func(b *bench) {
			put(b.stores[0], "INBOX", letter(1), letter(2), letter(1))
		}, census.Wish{Order: dedupe.Newest}, []string{"0/INBOX/1 [0/INBOX/3]"}},
		{"within a place", func(b *bench) {
			put(b.stores[0], "INBOX", letter(1), letter(1))
			put(b.stores[1], "INBOX", letter(1))
		}, census.Wish{Within: census.WithinPlace}, []string{"[0/INBOX/1] 0/INBOX/2"}},
		{"within a folder", func(b *bench) {
			put(b.stores[0], "INBOX", letter(1), letter(2))
			put(b.stores[0], "Work", letter(1), letter(3), letter(3))
		}, census.Wish{Within: census.WithinFolder}, []string{"[0/Work/2] 0/Work/3"}},
		{"the same octets only", func(b *bench) {
			put(b.stores[0], "INBOX", letter(1), fetched(1), letter(1))
		}, census.Wish{Match: dedupe.MatchExact}, []string{"[0/INBOX/1] 0/INBOX/3"}},
		{"marked as deleted is no copy", func(b *bench) {
			put(b.stores[0], "INBOX", letter(1))
			b.stores[0].Put("INBOX", memstore.Message{Octets: []byte(letter(1)), Flags: mail.Deleted})
		}, census.Wish{}, nil},
		{"from servers as from files", func(b *bench) {
			put(b.stores[0], "INBOX", letter(1), letter(2))
			put(b.stores[1], "INBOX", fetched(2), letter(3))
			b.places[0].Costly, b.places[1].Costly = true, true
		}, census.Wish{}, []string{"[0/INBOX/2] 1/INBOX/1"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			b := newBench(2)
			row.fill(b)
			c := b.take(t)
			f := judge(t, c, row.wish)
			if got := groups(c, f); !slices.Equal(got, row.want) {
				t.Errorf("got %q, want %q", got, row.want)
			}
			folders, all := c.Count(f.Groups)
			sum := 0
			for _, k := range folders {
				sum += k.Seen
				if !k.Balanced() {
					t.Errorf("does not balance: %+v", k)
				}
			}
			if !all.Balanced() || sum != c.Len() {
				t.Errorf("%d messages, counted %d: %+v", c.Len(), sum, all)
			}
		})
	}
}

// TestOnlyCandidates: of a server no body is read but those whose envelope another message has too.
func TestOnlyCandidates(t *testing.T) {
	b := newBench(2)
	for n := range 50 {
		put(b.stores[0], "INBOX", letter(n))
	}
	put(b.stores[1], "INBOX", fetched(7), letter(100), fetched(8))
	b.places[0].Costly = true
	c := b.take(t)
	if got := b.stores[0].Fetches; got != 2 {
		t.Errorf("%d bodies were fetched, want 2", got)
	}
	if f := judge(t, c, census.Wish{Near: true}); len(f.Groups) != 2 {
		t.Errorf("got %q", groups(c, f))
	}
	if got := b.stores[0].Fetches; got != 2 {
		t.Errorf("then %d bodies were fetched: what came over the wire is held", got)
	}
	b.deep = true
	b.take(t)
	if got := b.stores[0].Fetches; got != 52 {
		t.Errorf("%d bodies were fetched, want all", got-2)
	}
}

// TestCache: a second run reads what is new and nothing else, and finds the same; a damaged cache costs time only.
func TestCache(t *testing.T) {
	b := newBench(2)
	for n := range 400 {
		put(b.stores[0], "INBOX", letter(n))
		put(b.stores[1], "INBOX", fetched(n))
	}
	put(b.stores[1], "INBOX", letter(1000))
	b.places[1].Costly = true
	dir := t.TempDir()
	open := func(rules *dedupe.Rules) {
		for i, p := range b.places {
			p.Cache = census.OpenCache(filepath.Join(dir, "prints", fmt.Sprint(i)), rules)
		}
	}
	run := func() ([]string, int) {
		open(b.rules)
		before := b.stores[0].Fetches + b.stores[1].Fetches
		c := b.take(t)
		all := groups(c, judge(t, c, census.Wish{}))
		if errs := c.Remember(); len(errs) > 0 {
			t.Fatal(errs)
		}
		return all, b.stores[0].Fetches + b.stores[1].Fetches - before
	}
	first, n := run()
	if len(first) != 400 || n != 800 {
		t.Fatalf("%d groups, %d bodies read", len(first), n)
	}
	kept := inode(t, filepath.Join(dir, "prints", "0"))
	if again, n := run(); n != 0 || !slices.Equal(again, first) {
		t.Fatalf("the second run read %d bodies and found %d groups", n, len(again))
	}
	if !os.SameFile(kept, inode(t, filepath.Join(dir, "prints", "0"))) {
		t.Error("a run that found out nothing new wrote its cache again")
	}
	put(b.stores[0], "INBOX", letter(2000))
	put(b.stores[1], "INBOX", fetched(2000))
	if more, n := run(); n != 2 || len(more) != 401 {
		t.Fatalf("with two new ones %d bodies were read and %d groups found", n, len(more))
	}
	for i := range b.places {
		damage(t, filepath.Join(dir, "prints", fmt.Sprint(i)))
	}
	if more, n := run(); n < 2 || n > 802 || len(more) != 401 {
		t.Fatalf("damaged: %d bodies were read and %d groups found", n, len(more))
	}
	other, err := dedupe.NewRules([]string{"X-Company"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	b.rules = other
	if more, n := run(); n != 802 || len(more) != 401 {
		t.Fatalf("by other rules %d bodies were read and %d groups found", n, len(more))
	}
}

func inode(t *testing.T, name string) os.FileInfo {
	t.Helper()
	i, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// TestUnread: what cannot be read is told, and nothing is said about it.
func TestUnread(t *testing.T) {
	b := newBench(1)
	put(b.stores[0], "INBOX", letter(1), letter(1), letter(1))
	b.stores[0].FetchErr = func(id string) error {
		if id == "2" {
			return &mail.Error{Op: "fetch", Scope: mail.ScopeMessage, Err: errors.New("rotten")}
		}
		return nil
	}
	c := b.take(t)
	f := judge(t, c, census.Wish{})
	if got := groups(c, f); !slices.Equal(got, []string{"[0/INBOX/1] 0/INBOX/3"}) {
		t.Errorf("got %q", got)
	}
	if _, all := c.Count(f.Groups); all.Failed != 1 || !all.Balanced() || !strings.Contains(c.Reasons[1], "rotten") {
		t.Errorf("got %+v, %v", all, c.Reasons)
	}
}

func TestOverlap(t *testing.T) {
	b := newBench(3)
	put(b.stores[0], "INBOX", letter(1), letter(2), letter(2))
	put(b.stores[0], "Work", letter(1), letter(5))
	put(b.stores[1], "INBOX", fetched(1), letter(3))
	put(b.stores[2], "INBOX", letter(1), letter(2), letter(3))
	c := b.take(t)
	o := c.Overlap(judge(t, c, census.Wish{}).Groups)
	want := [][]int{{3, 1, 2}, {1, 2, 2}, {2, 2, 3}}
	for a := range want {
		if !slices.Equal(o.Also[a], want[a]) {
			t.Errorf("of place %d: %v, want %v", a, o.Also[a], want[a])
		}
	}
	for n, only := range []int{1, 0, 0} {
		if o.Places[n].Only != only {
			t.Errorf("place %d has %d that are nowhere else, want %d", n, o.Places[n].Only, only)
		}
	}
	if f := o.Places[0].Folders; f[0].Share != (census.Share{Messages: 2}) || f[1].Share != (census.Share{Messages: 2, Only: 1}) {
		t.Errorf("folders: %+v", f)
	}
	if y := o.Places[0].Years; len(y) != 1 || y[0].Year != 2003 || y[0].Messages != 3 {
		t.Errorf("years: %+v", y)
	}
}

// damage flips a bit in every tenth of a file, but for its first line.
func damage(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for at := 40; at < len(text); at += len(text) / 10 {
		text[at] ^= 4
	}
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}
