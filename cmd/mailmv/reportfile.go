package main

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mailmv/migrate"
)

// reportWriter writes a report in one form. The messages come one by one and are not kept.
type reportWriter interface {
	message(m messageJSON) error
	end(r reportJSON) error
}

// reportWriters are the forms by the ending of the file's name.
var reportWriters = map[string]func(w io.Writer) reportWriter{
	".json": func(w io.Writer) reportWriter { return &jsonReport{w: w} },
	".csv":  func(w io.Writer) reportWriter { return &csvReport{w: csv.NewWriter(w)} },
	".html": func(w io.Writer) reportWriter { return &htmlReport{w: w} },
}

// reportFile is the file of --report: written beside its name, and moved there when it is whole.
type reportFile struct {
	a    *app
	sink string
	name string
	tmp  *os.File
	buf  *bufio.Writer
	form reportWriter
	err  error
}

func (a *app) openReport(name string, sink place) (*reportFile, error) {
	if name == "" {
		return nil, nil
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".mailmv-report-*")
	if err != nil {
		return nil, usagef("give a file in a folder that can be written", "--report: %v", err)
	}
	buf := bufio.NewWriter(tmp)
	form := reportWriters[strings.ToLower(filepath.Ext(name))](buf)
	return &reportFile{a: a, sink: sink.String(), name: name, tmp: tmp, buf: buf, form: form}, nil
}

func (r *reportFile) event(e migrate.Event) {
	done, ok := e.(migrate.MessageDone)
	if r == nil || r.err != nil || !ok {
		return
	}
	r.err = r.form.message(r.a.messageJSON(done, r.sink))
}

// end writes what came of it all and puts the file in its place.
func (r *reportFile) end(res result) error {
	if r == nil {
		return nil
	}
	err := r.err
	for _, step := range []func() error{
		func() error { return r.form.end(r.a.reportJSON(res)) },
		r.buf.Flush,
		r.tmp.Sync,
	} {
		if err == nil {
			err = step()
		}
	}
	if cerr := r.tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(r.tmp.Name(), r.name)
	}
	if err != nil {
		os.Remove(r.tmp.Name())
		return fmt.Errorf("report: %w", err)
	}
	return nil
}

// drop takes away what was begun of a report about nothing.
func (r *reportFile) drop() {
	if r != nil {
		r.tmp.Close()
		os.Remove(r.tmp.Name())
	}
}

// jsonReport is one object: {"kind":"report-file","messages":[...],"report":{...}}.
type jsonReport struct {
	w     io.Writer
	begun bool
}

func (j *jsonReport) message(m messageJSON) error {
	text, err := jsonText(m)
	if err != nil {
		return err
	}
	before := ",\n"
	if !j.begun {
		before = jsonReportHead
		j.begun = true
	}
	_, err = io.WriteString(j.w, before+text)
	return err
}

const jsonReportHead = `{"kind":"report-file","messages":[` + "\n"

func (j *jsonReport) end(r reportJSON) error {
	text, err := jsonText(r)
	if err != nil {
		return err
	}
	head := ""
	if !j.begun {
		head = jsonReportHead
	}
	_, err = io.WriteString(j.w, head+"\n],\n\"report\":"+text+"}\n")
	return err
}

// csvReport is a row for each message (RFC 4180).
type csvReport struct {
	w     *csv.Writer
	begun bool
}

func (c *csvReport) head() error {
	if c.begun {
		return nil
	}
	c.begun = true
	return c.w.Write([]string{"outcome", "from", "to", "message_id", "subject", "octets", "reason"})
}

func (c *csvReport) message(m messageJSON) error {
	if err := c.head(); err != nil {
		return err
	}
	return c.w.Write([]string{m.Outcome, cell(m.From), cell(m.To), cell(m.MessageID), cell(m.Subject),
		strconv.FormatInt(m.Octets, 10), cell(m.Reason)})
}

// cell keeps a spreadsheet from taking foreign text for a formula.
func cell(s string) string {
	s = safe(s)
	if s != "" && strings.ContainsRune("=+-@|%", rune(s[0])) {
		return "'" + s
	}
	return s
}

func (c *csvReport) end(reportJSON) error {
	if err := c.head(); err != nil {
		return err
	}
	c.w.Flush()
	return c.w.Error()
}
