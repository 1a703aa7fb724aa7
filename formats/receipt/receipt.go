// Package receipt is a statement of what was proven to be at a place: one line a message with its sums, so that the
// place, or a copy of it, can be held against it years later, when the server that the mail came from is gone.
//
// # The file, version 1
//
// It is UTF-8 text of lines as package line makes them: fields joined by a tab, the last of them the CRC-32 of all
// before its tab; text is quoted as in Go where it holds anything but plain characters.
//
//	mailmv-receipt  1  WRITTEN  PROGRAM         the first line: when, and by which version of mailmv
//	place   from  S  NAME  ROOT                 source number S, from 1, and the folder that it was named with
//	place   to    0  NAME  ROOT                 the destination
//	option  NAME  VALUE                         what the proof left out, or did not compare
//	folder  F  S  FOLDER  TO  VALIDITY          folder number F, from 1: of source S, found in folder TO of the destination
//	mail    F  OCTETS  SUM  WIRE  KEPT  DATE  FLAGS  KEYWORDS  MESSAGE-ID  FROM  SUBJECT  AT
//	end     MESSAGES  OCTETS  SUM               how many mail lines, the sum of their octets, and the SHA-256 of all
//	                                            octets of the file before this line
//
// SUM is the SHA-256 of the message's octets with CRLF line ends, as the source had them; WIRE that of its wire form
// (package dedupe), and KEPT that of its octets at the destination: "=" stands for SUM. Sums are in unpadded base64url.
// DATE is the internal date at the destination, in UTC (RFC 3339). FLAGS are system flags and KEYWORDS keywords which it
// has there, joined by a comma; "-" for none, and "%2C", "%25" for a comma and a percent sign. MESSAGE-ID, FROM and SUBJECT
// are the header's own text. AT is the message's name there: with VALIDITY an IMAP UID, or the archive's number.
//
// Every message that the proof was asked for is in it: there is no receipt of half a proof. It proves itself against
// damage and against being cut; against forgery the sum in its last line does, where it was noted elsewhere.
package receipt

import (
	"errors"
	"time"

	"mailmv/formats/mail"
)

const (
	magic   = "mailmv-receipt"
	version = 1
)

// Errors of reading a receipt.
var (
	ErrVersion = errors.New("the receipt was written by a newer mailmv")
	ErrDamaged = errors.New("the receipt is damaged") // changed or cut: it proves nothing
	ErrNone    = errors.New("not a receipt")
)

// Head is what the receipt is about.
type Head struct {
	Written time.Time
	Program string
	From    []Place
	To      Place
	Options []Option
}

// Place is a source or the destination, as people write it, and the folder that it was named with.
type Place struct {
	Name string
	Root mail.Path
}

// Option is something that the proof left out, or did not compare.
type Option struct{ Name, Value string }

// Folder is one folder of a source, and where its mail was found.
type Folder struct {
	Source   int // index in Head.From
	Path     mail.Path
	To       mail.Path
	Validity uint32
}

// Mail is what was proven of one message.
type Mail struct {
	Octets   int64
	Sum      [32]byte // of its octets at the source
	Wire     [32]byte
	Kept     [32]byte // of its octets at the destination
	Date     time.Time
	Flags    mail.Flags
	Keywords []string
	Envelope mail.Envelope // its Date is not kept
	At       string
}

// Total is what the last line tells.
type Total struct {
	Messages int
	Octets   int64
	Sum      [32]byte
}
