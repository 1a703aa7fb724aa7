package maildir

import (
	"slices"
	"testing"
	"time"

	"mailmv/formats/mail"
)

func TestParseName(t *testing.T) {
	for _, c := range []struct{ file, unique, fields, info, letters string }{
		{"1204680122.27c448.host:2,FS", "1204680122.27c448.host", "", ":2,FS", "FS"},
		{"1.M2P3.host,S=10,W=12:2,", "1.M2P3.host", ",S=10,W=12", ":2,", ""},
		{"1.M2P3.host,S=10,W=12", "1.M2P3.host", ",S=10,W=12", "", ""},
		{"1.host,U=5,FMD5=abc:2,RS", "1.host", ",U=5,FMD5=abc", ":2,RS", "RS"},
		{"1.host;2,S", "1.host", "", ";2,S", "S"},
		{"1.host!2,S", "1.host", "", "!2,S", "S"},
		{"1.host\uf03a2,S", "1.host", "", "\uf03a2,S", "S"},
		{"1.host-2,S", "1.host", "", "-2,S", "S"},
		{"1.my-2_host+3", "1.my-2_host+3", "", "", ""},
		{"1.my-2,x=1", "1.my-2", ",x=1", "", ""},
		{"1.host:1,abc", "1.host", "", ":1,abc", ""},
		{"1.host:3,what", "1.host", "", ":3,what", ""},
		{"1.host:2,Sab,foo=bar", "1.host", "", ":2,Sab,foo=bar", "Sab"},
		{"1.host:2,S:2,F", "1.host:2", ",S", ":2,F", "F"},
		{"wdDZkYhRPvtN.eml", "wdDZkYhRPvtN.eml", "", "", ""},
		{",S=4:2,", ",S=4", "", ":2,", ""},
		{":2,S", ":2", ",S", "", ""},
		{"1.host,S=10:2,S\xff", "1.host", ",S=10", ":2,S\xff", "S\xff"},
	} {
		n := ParseName(c.file)
		if n.Unique != c.unique || n.Fields != c.fields || n.Info != c.info || n.Letters() != c.letters || n.String() != c.file {
			t.Errorf("ParseName(%q) = %q, letters %q", c.file, n, n.Letters())
		}
	}
}

func TestSizes(t *testing.T) {
	n := ParseName("1.host,S=10,W=12,X=9:2,")
	size, ok := n.Size()
	octets, both := n.Octets()
	if size != 10 || octets != 12 || !ok || !both {
		t.Errorf("Size %d %v, Octets %d %v", size, ok, octets, both)
	}
	for _, bad := range []string{"1.host", "1.host,S=", "1.host,S=-1", "1.host,S=x", "1.host,S=99999999999999999999"} {
		if size, ok := ParseName(bad).Size(); ok {
			t.Errorf("Size of %q = %d", bad, size)
		}
	}
}

func TestDate(t *testing.T) {
	named, dos := time.Unix(1000000000, 0), time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, file    string
		changed, want time.Time
	}{
		{"set by a server", "1000000000.h", named.Add(-time.Hour * 9999), named.Add(-time.Hour * 9999)},
		{"delivered", "1000000000.h", named.Add(time.Second), named.Add(time.Second)},
		{"copied without times", "1000000000.h", named.Add(time.Hour * 9999), named},
		{"no date in the name", "abc.eml", named, named},
		{"nonsense in the name", "7.h", named, named},
		{"epoch", "1000000000.h", time.Unix(0, 0), named},
		{"of OfflineIMAP", "1000000000_0.1.h,U=1,FMD5=aa:2,S", named.Add(time.Hour * 9999), named},
		{"digits alone", "1000000000:2,S", named.Add(time.Hour * 9999), named},
		{"a hash", "1000000000ab.h", named.Add(time.Hour * 9999), named.Add(time.Hour * 9999)},
		{"milliseconds", "1000000000123.eml", named, named},
		{"out of a zip", "1000000000.h", dos.Add(-time.Hour * 8), named},
		{"out of a zip, with no date in the name", "abc.eml", dos, dos},
		{"out of a zip, by an earlier run of ours", "1000000000.M17P17Q17R0123456789abcdef.h", dos, dos},
		{"nothing", "x", time.Unix(0, 0), time.Time{}},
	} {
		if got := ParseName(c.file).Date(c.changed); !got.Equal(c.want) {
			t.Errorf("%s: Date = %v, want %v", c.name, got, c.want)
		}
	}
}

func TestFlags(t *testing.T) {
	k := Keywords{0: "$Label1", 2: "Work"}
	for _, c := range []struct {
		letters  string
		flags    mail.Flags
		keywords []string
	}{
		{"", 0, nil},
		{"DFRST", mail.Draft | mail.Flagged | mail.Answered | mail.Seen | mail.Deleted, nil},
		{"PS", mail.Seen, []string{"$Forwarded"}},
		{"Sac", mail.Seen, []string{"$Label1", "Work"}},
		{"Sbz", mail.Seen, nil},
		{"XSS\xff-", mail.Seen, nil},
	} {
		flags, keywords := k.Flags(c.letters)
		if flags != c.flags || !slices.Equal(keywords, c.keywords) {
			t.Errorf("Flags(%q) = %v %q, want %v %q", c.letters, flags, keywords, c.flags, c.keywords)
		}
	}
	letters, rest := k.Letters(mail.Seen|mail.Flagged, []string{"work", "$forwarded", "Other", "$Label1", "Work"})
	if letters != "FPSac" || !slices.Equal(rest, []string{"Other"}) {
		t.Errorf("Letters = %q, rest %q", letters, rest)
	}
}

func TestUnnamed(t *testing.T) {
	k := Keywords{0: "one", 2: "three"}
	for letters, want := range map[string]byte{"": 0, "FPSX": 0, "Sac": 0, "Sabcd": 'b', "z": 'z'} {
		if got := k.Unnamed(letters); got != want {
			t.Errorf("Unnamed(%q) = %q, want %q", letters, got, want)
		}
	}
}

func TestKeywords(t *testing.T) {
	k := parseKeywords([]byte("0 $Label1\r\n25 Last\n26 TooMany\nx\n-1 y\n3\n4 two words\n1 \\Seen\n"))
	if want := (Keywords{0: "$Label1", 25: "Last"}); k != want {
		t.Errorf("got %q", k)
	}
	var names []string
	for i := range 30 {
		names = append(names, string(rune('A'+i)))
	}
	if !k.Add(names) || k.Add(names) || k[1] != "A" || k[24] != "X" || k[25] != "Last" {
		t.Errorf("after Add: %q", k)
	}
}

func TestCompare(t *testing.T) {
	want := []string{"9.M1", "10.M2", "10.M10Q2", "10.M10Q10", "10.M010Q11", "a"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortFunc(got, Compare)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func FuzzName(f *testing.F) {
	f.Add("1.host,S=10:2,FS")
	f.Add(":2,")
	f.Fuzz(func(t *testing.T, file string) {
		n := ParseName(file)
		if n.String() != file {
			t.Errorf("%q became %q", file, n.String())
		}
		if file != "" && n.Unique == "" {
			t.Errorf("%q has no unique part", file)
		}
		n.Letters()
		n.Size()
		n.Date(time.Unix(1, 0))
		if again := ParseName(n.Unique + n.Fields); again.Info == "" && again.Unique != n.Unique {
			t.Errorf("%q: unique part %q, without its info %q", file, n.Unique, again.Unique)
		}
	})
}

// A length is believed of a file that has the size that its name tells, where it can be.
func TestOctetsOf(t *testing.T) {
	for _, c := range []struct {
		file string
		size int64
		want int64
		told bool
	}{
		{"1.host,S=10,W=12:2,S", 10, 12, true},
		{"1.host,S=10,W=10", 10, 10, true},
		{"1.host,S=10,W=20", 10, 20, true},
		{"1.host,S=0,W=0", 0, 0, true},
		{"1.host,S=10,W=12", 11, 0, false},
		{"1.host,S=10,W=9", 10, 0, false},
		{"1.host,S=10,W=21", 10, 0, false},
		{"1.host,S=10,W=9223372036854775807", 10, 0, false},
		{"1.host,S=10", 10, 0, false},
		{"1.host,W=12", 10, 0, false},
		{"1.host:2,S", 10, 0, false},
	} {
		got, told := Entry{"cur", c.file}.OctetsOf(c.size)
		if told != c.told || told && got != c.want {
			t.Errorf("OctetsOf(%d) of %s = %d, %v; want %d, %v", c.size, c.file, got, told, c.want, c.told)
		}
	}
}
