package storetest

import (
	"bytes"
	"io"
	"reflect"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

// sweepAll tests a Sweeper: it hands over what List and Fetch do.
func sweepAll(t *testing.T, want [][]byte, open func(t *testing.T) migrate.Source) {
	s := open(t)
	sweeper, ok := s.(migrate.Sweeper)
	if !ok {
		t.Skip("hands over no folders")
	}
	f := inbox(t, s)
	list := listAll(t, s, f)
	n := 0
	for got, err := range sweeper.Sweep(t.Context(), f) {
		if err != nil {
			t.Fatal(err)
		}
		octets, err := io.ReadAll(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		if n == len(want) {
			t.Fatalf("more than %d messages", n)
		}
		if !bytes.Equal(octets, want[n]) || got.Octets != int64(len(octets)) {
			t.Errorf("message %d: %d octets (said to be %d) differ from what was put there", n, len(octets), got.Octets)
		}
		if m := list[n]; got.Ref != m.Ref || !got.InternalDate.Equal(m.InternalDate) || got.Flags != m.Flags || !reflect.DeepEqual(got.Keywords, m.Keywords) || got.Fleeting != m.Fleeting {
			t.Errorf("message %d: %+v, listed as %+v", n, got.Message, m)
		}
		n++
	}
	if n != len(want) {
		t.Errorf("%d messages, want %d", n, len(want))
	}
	for _, err := range sweeper.Sweep(t.Context(), f) { // bodies that nobody reads are skipped
		if err != nil {
			t.Fatal(err)
		}
		n--
	}
	if n != 0 {
		t.Errorf("%d messages fewer where nobody reads them", n)
	}
	for range sweeper.Sweep(t.Context(), f) { // whoever stops early can go on
		break
	}
	fetchAll(t, want, s)
	absent, anew := f, f
	absent.Path = "No such folder"
	anew.Validity++
	for _, other := range []mail.Folder{absent, anew} {
		var failed error
		for _, err := range sweeper.Sweep(t.Context(), other) {
			if failed = err; err == nil {
				t.Errorf("a message of %+v", other)
			}
		}
		if failed == nil {
			t.Errorf("no error for %+v", other)
		}
	}
	fetchAll(t, want, s)
}
