package main

import (
	"bytes"
	"testing"

	"mailmv/archive"
	"mailmv/formats/mail"
)

// TestFindNumbered: what reports of a move print of a message in an archive finds it there, by its folder and the number; not where the
// folder has been made anew, and not in a Maildir of another program, where a number is no message's name.
func TestFindNumbered(t *testing.T) {
	root := t.TempDir()
	box, err := archive.Create(root, archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	f, err := box.Open(t.Context(), "Work/a b")
	if err != nil {
		t.Fatal(err)
	}
	var parcels []mail.Parcel
	for _, text := range []string{"Subject: one\r\n\r\n", "Subject: two\r\n\r\n"} {
		parcels = append(parcels, mail.Parcel{Message: mail.Message{Octets: int64(len(text))}, Body: bytes.NewBufferString(text)})
	}
	wait, err := box.Append(t.Context(), f, parcels)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := wait()
	if err != nil {
		t.Fatal(err)
	}
	if err := box.Close(); err != nil {
		t.Fatal(err)
	}
	p := place{Proto: "maildir", Path: root, Kind: archive.KindArchive}
	src, err := archive.OpenSource(root, archive.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	second := stored[1].Ref
	other := second
	other.Validity++
	for word, found := range map[string]bool{
		messageURL(p.String(), second): true, messageURL(p.String(), other): false,
		"2": true, "Work/a b/2": true, "Work/2": false, "3": false, "0": false, "-1": false,
	} {
		ref, err := findMessage(t.Context(), p, src, word)
		if (err == nil) != found {
			t.Errorf("%s: %v, %v, want found %v", word, ref, err, found)
		}
		if err != nil {
			continue
		}
		for m, err := range src.Describe(t.Context(), mail.Folder{Path: ref.Folder}, []mail.Ref{ref}) {
			if err != nil || m.Envelope.Subject != "two" {
				t.Errorf("%s: %q, %v", word, m.Envelope.Subject, err)
			}
		}
	}
}
