package imap

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"mailmv/formats/mail"
)

// TestOneConnection: with a single connection everything still works, and never is there a second one.
func TestOneConnection(t *testing.T) {
	f, st := newFake(t)
	var most int
	f.on = func(c *client, cmd command) bool {
		f.mu.Lock()
		most = max(most, f.open)
		f.mu.Unlock()
		return false
	}
	st = f.again(st, Options{Connections: 1})
	var waits []func() ([]mail.Stored, error)
	for i := range 30 {
		wait, err := st.Append(t.Context(), inbox, []mail.Parcel{parcel(i, strconv.Itoa(i))})
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, wait)
		if i%7 == 0 {
			if _, err := st.Look(t.Context(), "Other"); err != nil {
				t.Fatal(err)
			}
			if _, err := st.Look(t.Context(), "INBOX"); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, wait := range waits {
		if stored, err := wait(); err != nil || stored[0].Ref.ID != strconv.Itoa(i+1) {
			t.Errorf("%d: %+v, %v", i, stored, err)
		}
	}
	if most != 1 || f.logins != 1 {
		t.Errorf("%d connections at once, %d logins", most, f.logins)
	}
}

// TestServerAllowsOne: a server that refuses a second connection is used with one.
func TestServerAllowsOne(t *testing.T) {
	f, st := newFake(t)
	hold, refused := make(chan struct{}), make(chan struct{})
	f.on = func(c *client, cmd command) bool {
		f.mu.Lock()
		second := f.open > 1
		f.mu.Unlock()
		if cmd.verb == "LOGIN" && second {
			c.send("* BYE too many connections\r\n")
			c.Close()
			close(refused)
			return true
		}
		if cmd.verb == "APPEND" {
			<-hold
		}
		return false
	}
	wait, err := st.Append(t.Context(), inbox, []mail.Parcel{parcel(0, "x")})
	if err != nil {
		t.Fatal(err)
	}
	looked := make(chan error)
	go func() {
		_, err := st.Look(context.Background(), "INBOX")
		looked <- err
	}()
	<-refused
	close(hold)
	if err := <-looked; err != nil {
		t.Error(err)
	}
	if stored, err := wait(); err != nil || stored[0].Octets != 1 || st.Limits().Connections != 1 {
		t.Errorf("%+v, %v, %+v", stored, err, st.Limits())
	}
}

// TestManyUploads: batches alternate over connections; bodies stay whole, and reading goes on beside them.
func TestManyUploads(t *testing.T) {
	f, st := newFake(t)
	f.fill(50)
	st = f.again(st, Options{Connections: 4})
	var wg sync.WaitGroup
	for i := range 40 {
		var batch []mail.Parcel
		for j := range 10 {
			batch = append(batch, parcel(i*10+j, fmt.Sprintf("%d-%d", i, j)))
		}
		wait, err := st.Append(t.Context(), inbox, batch)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			stored, err := wait()
			for j, s := range stored {
				if err != nil || s.Ref.ID == "" || s.Octets != int64(len(fmt.Sprintf("%d-%d", i, j))) {
					t.Errorf("%d-%d: %+v, %v", i, j, s, err)
				}
			}
		})
		if i%10 == 0 {
			n := 0
			for _, err := range st.List(t.Context(), inbox) {
				if n++; err != nil {
					t.Fatal(err)
				}
			}
			if n < 50 {
				t.Errorf("listed %d", n)
			}
		}
	}
	wg.Wait()
	if f.logins < 2 || f.logins > 4 || len(f.octets()) != 450 {
		t.Errorf("%d logins, %d messages", f.logins, len(f.octets()))
	}
}

// TestCancel: a cancelled context ends what waits for a server that says nothing.
func TestCancel(t *testing.T) {
	f, st := newFake(t)
	silent := make(chan struct{})
	f.on = func(c *client, cmd command) bool {
		if cmd.verb == "APPEND" {
			close(silent)
			return true
		}
		return false
	}
	ctx, cancel := context.WithCancel(t.Context())
	wait, err := st.Append(ctx, inbox, []mail.Parcel{parcel(0, "x")})
	if err != nil {
		t.Fatal(err)
	}
	go func() { <-silent; cancel() }()
	if _, err := wait(); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := st.Look(ctx, "INBOX"); !errors.Is(err, context.Canceled) {
		t.Errorf("Look: %v", err)
	}
	if _, err := st.Look(t.Context(), "INBOX"); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
