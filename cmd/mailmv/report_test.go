package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

// testApp is an app that prints into a buffer.
func testApp() (*app, *bytes.Buffer, *bytes.Buffer) {
	var out, err bytes.Buffer
	return &app{stdout: &out, stderr: &err, redact: &redactor{}, opts: globalOptions{color: "never"}}, &out, &err
}

// evil is a message whose sender and server mean harm.
var evil = migrate.MessageDone{
	Source:  "pop3s://me@h",
	Message: mail.Message{Ref: mail.Ref{Folder: "INBOX", ID: "=1+1/x"}, Octets: 1234, Envelope: mail.Envelope{Subject: "=cmd|'/c calc'!A1 <script>alert(1)</script>\x1b[2J", MessageID: "@x>"}},
	To:      mail.Ref{Folder: "A/B", Validity: 7, ID: "20"},
	Outcome: migrate.Failed,
	Err:     errors.New("server: \"\x1b]0;x\x07 <b>TopSecret</b>\""),
}

func sampleResult() result {
	counts := migrate.Counts{Seen: 3, Copied: 1, Present: 1, Failed: 1, Octets: 1500}
	return result{Command: "pop2imap", Err: migrate.ErrMessages, Report: migrate.Report{Counts: counts, Elapsed: 1500 * time.Millisecond, Complete: true,
		Folders: []migrate.FolderReport{{Source: "pop3s://me@h", Folder: "INBOX", To: "Wörk\x1b", Counts: counts}}}}
}

func TestReportFiles(t *testing.T) {
	for _, form := range []string{"json", "csv", "html"} {
		t.Run(form, func(t *testing.T) {
			a, _, _ := testApp()
			a.redact.hide("TopSecret")
			name := filepath.Join(t.TempDir(), "report."+form)
			r, err := a.openReport(name, place{Proto: "imap", User: "me", Host: "new", Port: 993})
			if err != nil {
				t.Fatal(err)
			}
			r.event(evil)
			r.event(migrate.Note{Text: "not a message"})
			r.event(evil)
			if err := r.end(sampleResult()); err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if info, _ := os.Stat(name); info.Mode().Perm() != 0o600 {
				t.Errorf("mode %v, want 0600", info.Mode())
			}
			if bytes.ContainsAny(text, "\x1b\x07") || bytes.Contains(text, []byte("TopSecret")) {
				t.Errorf("holds a control or a secret: %q", text)
			}
			checkReport[form](t, text)
			left, _ := filepath.Glob(filepath.Join(filepath.Dir(name), ".mailmv*"))
			if len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

var checkReport = map[string]func(*testing.T, []byte){
	"json": func(t *testing.T, text []byte) {
		var got struct {
			Messages []messageJSON
			Report   reportJSON
		}
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if len(got.Messages) != 2 || got.Messages[0].To != "imaps://me@new/A/B;UIDVALIDITY=7/;UID=20" || got.Messages[0].From != "pop3s://me@h/INBOX/;UID==1+1%2Fx" {
			t.Errorf("messages: %+v", got.Messages)
		}
		if got.Report.Seen != 3 || got.Report.Exit != exitMessages || got.Report.Seconds != 1.5 {
			t.Errorf("report: %+v", got.Report)
		}
	},
	"csv": func(t *testing.T, text []byte) {
		rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
		if err != nil || len(rows) != 3 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for _, cell := range rows[1] {
			if strings.ContainsAny(cell[:1], "=+-@") {
				t.Errorf("cell %q is a formula", cell)
			}
		}
	},
	"html": func(t *testing.T, text []byte) {
		for _, bad := range []string{"<script", "<b>", "src=", "href="} {
			if bytes.Contains(text, []byte(bad)) {
				t.Errorf("holds %q:\n%s", bad, text)
			}
		}
		if !bytes.Contains(text, []byte("3 seen = 1 copied + 1 present + 0 duplicate + 0 skipped + 1 failed")) {
			t.Errorf("has no balance:\n%s", text)
		}
	},
}

func TestEmptyJSONReport(t *testing.T) {
	a, _, _ := testApp()
	name := filepath.Join(t.TempDir(), "r.json")
	r, err := a.openReport(name, place{})
	if err != nil || r.end(result{}) != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(name)
	if !json.Valid(text) {
		t.Errorf("not JSON: %s", text)
	}
}

func TestTextPrinter(t *testing.T) {
	a, out, stderr := testApp()
	a.redact.hide("TopSecret")
	p := a.printer(place{})
	for _, e := range []migrate.Event{evil, migrate.MessageDone{Outcome: migrate.Copied}, migrate.Note{Text: "mind\x1b the gap"},
		migrate.Retrying{Err: errors.New("reset"), Attempt: 1, Wait: 4}} {
		if err := p.event(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.report(sampleResult()); err != nil {
		t.Fatal(err)
	}
	want := `failed      1.2 kB  pop3s://me@h/INBOX/;UID==1+1%2Fx  "=cmd|'/c calc'!A1 <script>alert(1)</script>\x1b[2J"  (server: "\x1b]0;x\x07 <b>[hidden]</b>")
folder  to        seen  copied  present  duplicate  skipped  failed  removed    size
INBOX   Wörk\x1b     3       1        1          0        0       1        0  1.5 kB
3 seen = 1 copied + 1 present + 0 duplicate + 0 skipped + 1 failed
`
	if out.String() != want {
		t.Errorf("stdout:\n%swant:\n%s", out, want)
	}
	if want := "mailmv: note: mind\\x1b the gap\nmailmv: note: trying again in 4 s: reset\n"; stderr.String() != want {
		t.Errorf("stderr:\n%swant:\n%s", stderr, want)
	}
}

func TestJSONPrinter(t *testing.T) {
	a, out, stderr := testApp()
	a.opts.json = true
	p := a.printer(place{Proto: "imap", User: "me", Host: "new", Port: 993})
	for _, e := range []migrate.Event{evil, migrate.MessageDone{Outcome: migrate.Copied}, migrate.Note{Text: "mind\x1b the gap"}} {
		if err := p.event(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.report(sampleResult()); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 || stderr.Len() > 0 {
		t.Fatalf("stdout:\n%sstderr:\n%s", out, stderr)
	}
	for i, kind := range []string{"message", "note", "report"} {
		if !strings.HasPrefix(lines[i], `{"kind":"`+kind+`"`) || !json.Valid([]byte(lines[i])) {
			t.Errorf("line %d is %s, want a %s", i, lines[i], kind)
		}
	}
	want := `{"kind":"report","command":"pop2imap","seen":3,"copied":1,"present":1,"duplicate":0,"skipped":0,"failed":1,"removed":0,"altered":0,"octets":1500,"seconds":1.5,"complete":true,`
	if !strings.HasPrefix(lines[2], want) {
		t.Errorf("report: %s\nwant: %s...", lines[2], want)
	}
}

func TestEventLogCannotBeForged(t *testing.T) {
	var out strings.Builder
	l := &eventLog{w: &out, now: func() time.Time { return time.Date(2026, 11, 23, 5, 0, 0, 0, time.UTC) }}
	l.event(migrate.Note{Text: "a\n2026-01-01T00:00:00.000Z forged"})
	if want := "2026-11-23T05:00:00.000Z note a; 2026-01-01T00:00:00.000Z forged\n"; out.String() != want {
		t.Errorf("log: %q, want %q", out.String(), want)
	}
}

// What is not known is told as not known, whole or in part.
func TestSizeOfCounts(t *testing.T) {
	for _, row := range []struct {
		c    countsJSON
		want string
	}{
		{countsJSON{}, "0 B"},
		{countsJSON{Copied: 2, Octets: 500}, "500 B"},
		{countsJSON{Copied: 2, Unsized: 2}, "-"},
		{countsJSON{Copied: 3, Octets: 500, Unsized: 2}, "at least 500 B"},
	} {
		if got := row.c.size(sizeText); got != row.want {
			t.Errorf("size of %+v is %q, want %q", row.c, got, row.want)
		}
	}
}
