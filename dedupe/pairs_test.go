package dedupe

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// The message that most pairs are made of, in pieces.
const (
	received = "Received: from mx.example.org (mx.example.org [192.0.2.7])\r\n\tby mail.isp.example (Postfix) with ESMTP id 4711\r\n" +
		"\tfor <me@isp.example>; Thu, 22 Aug 2002 12:34:53 +0100\r\n" +
		"Received: from pc (dsl [198.51.100.9]) by mx.example.org with SMTP id 8; Thu, 22 Aug 2002 12:34:50 +0100\r\n"
	date    = "Date: Thu, 22 Aug 2002 12:34:00 +0100\r\n"
	from    = "From: \"Alice Liddell\" <alice@example.org>\r\n"
	to      = "To: me@isp.example\r\n"
	subject = "Subject: the weather\r\n"
	id      = "Message-ID: <1@example.org>\r\n"
	head    = "Return-Path: <alice@example.org>\r\n" + received + date + from + to + subject + id
	text    = "Hello,\r\n\r\nFrom now on it rains.\r\n    indented\r\n10 0 EUR\r\n"
	base    = head + "\r\n" + text

	thunderbird = "X-Account-Key: account2\r\nX-UIDL: 4711-abc\r\nX-Mozilla-Status: 0001\r\nX-Mozilla-Status2: 00000000\r\n" +
		"X-Mozilla-Keys:                                                                                 \r\n"
	fetched = "Return-Path: <alice@example.org>\r\nDelivered-To: me@localhost\r\n" +
		"Received: from localhost (localhost [127.0.0.1]) by pc.home.example (Postfix) with ESMTP id 9; Fri, 23 Aug 2002 20:00:05 +0100\r\n" +
		"Received: from mail.isp.example [192.0.2.1] by localhost with POP3 (fetchmail-6.4.37)\r\n\tfor me@localhost (single-drop); Fri, 23 Aug 2002 20:00:00 +0100\r\n"
)

// swap is base with one piece in the place of another.
func swap(old, by string) string {
	if !strings.Contains(base, old) {
		panic("base has no " + old)
	}
	return strings.Replace(base, old, by, 1)
}

// typed is base with MIME fields and another body.
func typed(kind, transfer, body string) string {
	return head + "MIME-Version: 1.0\r\nContent-Type: " + kind + "\r\nContent-Transfer-Encoding: " + transfer + "\r\n\r\n" + body
}

// mixed is base with a body of parts.
func mixed(boundary string, parts ...string) string {
	return multi("mixed", boundary, parts...)
}

func multi(kind, boundary string, parts ...string) string {
	return head + "MIME-Version: 1.0\r\nContent-Type: multipart/" + kind + "; boundary=\"" + boundary + "\"\r\n\r\n" + joined(boundary, parts...)
}

func joined(boundary string, parts ...string) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString("--" + boundary + "\r\n" + p + "\r\n")
	}
	return b.String() + "--" + boundary + "--\r\n"
}

// pdf is an attachment of the given name and content, its lines so long.
func pdf(name, content string, columns int) string {
	code := base64.StdEncoding.EncodeToString([]byte(content))
	var lines strings.Builder
	for len(code) > columns {
		lines.WriteString(code[:columns] + "\r\n")
		code = code[columns:]
	}
	return "Content-Type: application/pdf; name=\"" + name + "\"\r\nContent-Transfer-Encoding: base64\r\n" +
		"Content-Disposition: attachment; filename=\"" + name + "\"\r\n\r\n" + lines.String() + code
}

func without(msg string, pieces ...string) string {
	for _, p := range pieces {
		if !strings.Contains(msg, p) {
			panic("there is no " + p)
		}
		msg = strings.Replace(msg, p, "", 1)
	}
	return msg
}

const (
	note   = "Content-Type: text/plain\r\n\r\nsee below\r\n"
	note2  = "Content-Type: text/plain\r\n\r\nsee above\r\n"
	markup = "Content-Type: text/html\r\n\r\n<b>see below</b>\r\n"
	broken = "--x\r\n" + note + "\r\n--x\r\n"
)

var doc = strings.Repeat("%PDF-1.4 and so on ", 20)

// Two copies of one message, or what only looks like it.
var pairs = []struct {
	n    int
	name string
	a, b string
	want Kind
}{
	{1, "Thunderbird's fields", base, thunderbird + base, Same},
	{2, "line ends", base, strings.ReplaceAll(base, "\r\n", "\n"), Identical},
	{3, "long Subject folded", swap("the weather", "the "+strings.Repeat("very ", 20)+"fine weather"), swap("the weather", "the "+strings.Repeat("very ", 20)+"fine\r\n\tweather"), Same},
	{4, "quotes around the name", base, swap(`"Alice Liddell"`, "Alice Liddell"), Same},
	{5, "8bit and quoted-printable", typed("text/plain; charset=utf-8", "8bit", "Grüße = x\r\n"), typed("text/plain; charset=utf-8", "quoted-printable", "Gr=C3=BC=C3=9Fe=\r\n =3D x\r\n"), Same},
	{6, "8bit and base64", typed("text/plain; charset=utf-8", "8bit", "Grüße\r\n"), typed("text/plain; charset=utf-8", "base64", "R3LDvMOfZQ0K\r\n"), Same},
	{7, "ISO-8859-1 and UTF-8", typed("text/plain; charset=iso-8859-1", "8bit", "Gr\xfc\xdfe\r\n"), typed("text/plain; charset=utf-8", "8bit", "Grüße\r\n"), Same},
	{8, "Subject raw and encoded", swap("the weather", "Grüße an dich"), swap("the weather", "=?utf-8?q?Gr=C3=BC?=\r\n =?iso-8859-1?b?32U=?= an dich"), Same},
	{9, ">From", base, swap("From now", ">From now"), Same},
	{10, "blank before From", base, swap("From now", " From now"), Same},
	{11, "empty lines at the end", base, base + "\r\n\r\n", Same},
	{12, "fetched and delivered locally", base, fetched + base, Same},
	{13, "no Return-Path", base, without(base, "Return-Path: <alice@example.org>\r\n"), Same},
	{14, "scanners' fields", base, "X-Antivirus: clean\r\nX-Spam-Status: No, score=0\r\n\ttests=none\r\n" + base, Same},
	{15, "another boundary", mixed("XX", note, pdf("a.pdf", doc, 76)), mixed("YY", note, pdf("a.pdf", doc, 76)), Same},
	{16, "another length of base64 lines", mixed("x", note, pdf("a.pdf", doc, 76)), mixed("x", note, pdf("a.pdf", doc, 60)), Same},
	{17, "fields of mbox programs", base, "X-Persona: <me>\r\nStatus: RO\r\nX-Status: A\r\nX-UID: 17\r\nLines: 5\r\nContent-Length: 99\r\n" + base, Same},
	{18, "footer", base, base + "-- \r\nchecked for viruses\r\n", Near},
	{19, "mailing list", base, strings.Replace(swap("the weather", "[dev] the weather"), "Received: from mx.example.org", "Received: from list.example (x [192.0.2.9]) by mail.isp.example; Thu, 22 Aug 2002 12:40:00 +0100\r\nList-Id: <dev.example>\r\nReceived: from mx.example.org", 1) + "_____\r\nlist footer\r\n", Near},
	{20, "delivery to another address", base, strings.NewReplacer("id 4711", "id 4712", "for <me@", "for <office@").Replace(base), Near},
	{21, "one letter", base, swap("it rains", "it reins"), Near},
	{22, "bulk mail", base, swap("Hello,", "Hello Bob,"), Near},
	{23, "another PDF of one length", mixed("x", note, pdf("a.pdf", doc+"1", 76)), mixed("x", note, pdf("a.pdf", doc+"2", 76)), Near},
	{24, "PDF by another name", mixed("x", note, pdf("report.pdf", doc, 76)), mixed("x", note, pdf("final.pdf", doc, 76)), Near},
	{25, "PDF removed", mixed("x", note, pdf("a.pdf", doc, 76)), mixed("x", note, "Content-Type: text/x-moz-deleted; name=\"Deleted: a.pdf\"\r\n\r\ngone"), Near},
	{26, "first half", base, base[:len(base)-20], Near},
	{27, "header only", base, head + "\r\n", Near},
	{28, "alert a second later", without(base, id), without(swap("12:34:00", "12:34:01"), id), Different},
	{29, "evening's report", without(base, id), without(strings.Replace(swap("10 0 EUR", "17 EUR"), "12:34:00", "18:34:00", 1), id), Different},
	{30, "no Message-ID, but Received", without(base, id), thunderbird + without(base, id), Same},
	{31, "sent and received", without(base, received), base, Near},
	{32, "Bcc", without(swap(to, to+"Bcc: eve@example.org\r\n"), received), without(base, received), Near},
	{33, "other Message-ID", base, swap("<1@", "<2@"), Near},
	{34, "Re:, no Message-ID", without(base, id), without(swap("the weather", "Re: the weather"), id), Different},
	{35, "attachments in another order", mixed("x", pdf("a", "a", 76), pdf("b", "b", 76)), mixed("x", pdf("b", "b", 76), pdf("a", "a", 76)), Near},
	{36, "blank of format=flowed", typed("text/plain; format=flowed", "7bit", "one \r\ntwo\r\n"), typed("text/plain; format=flowed", "7bit", "one\r\ntwo\r\n"), Near},
	{37, "indentation", base, swap("    indented", "indented"), Near},
	{38, "10 0", base, swap("10 0", "100"), Near},
	{39, "another charset", typed("text/plain; charset=iso-8859-1", "8bit", "\xe4\r\n"), typed("text/plain; charset=iso-8859-5", "8bit", "\xe4\r\n"), Near},
	{40, "fetchmail's rewriting", swap("To: me@isp.example", "To: me"), base, Near},
	{41, "8 bits become ?", swap("the weather", "Gr\xfc\xdfe"), swap("the weather", "Gr??e"), Near},
	{42, "unknown field", base, "X-Company-Archive: 17\r\n" + base, Near},
	{43, "text and HTML", typed("text/plain", "7bit", text), typed("text/html", "7bit", text), Near},
	{44, "draft saved twice", without(base, received), without(swap("it rains", "it rains and rains"), received), Near},
	{45, "resent", base, "Resent-From: bob@example.net\r\nResent-Date: Fri, 23 Aug 2002 12:00:00 +0100\r\nReceived: from bob by mail.isp.example; Fri, 23 Aug 2002 12:00:01 +0100\r\n" + base, Near},
	{46, "no Message-ID, no Received", without(base, id, received), thunderbird + without(base, id, received), Near},
	{47, "disposition", mixed("x", note, pdf("a", "a", 76)), mixed("x", note, strings.Replace(pdf("a", "a", 76), "attachment", "inline", 1)), Near},
	{48, "text behind the closing boundary", mixed("x", note), mixed("x", note) + "list footer\r\n", Near},
	{49, "ghost", base, "X-Mozilla-Status: 0009\r\n" + base, Different},
	{50, "UW-IMAP's own data", base, internalData, Different},
	{51, "stub of all of a message that is short", base, "X-Mozilla-Status: 0401\r\n" + base, Near},
	{51, "headers-only stub of Thunderbird", base, "X-Mozilla-Status: 0401\r\n" + base[:len(base)-25], Near},
	{52, "partial .emlx: the attachment is elsewhere", mixed("x", note, pdf("a.pdf", doc, 76)), mixed("x", note, "Content-Type: application/pdf; name=\"a.pdf\"\r\nX-Apple-Content-Length: 99\r\n\r\n"), Near},
	{53, "name of a message part", mixed("x", "Content-Type: message/rfc822; name=a\r\n\r\n"+base), mixed("x", "Content-Type: message/rfc822; name=b\r\n\r\n"+base), Near},
	{54, "misspelt part field", mixed("x", "Content-Type: text/plain\r\n\r\nx"), mixed("x", "Content-Tyqe: text/plain\r\n\r\nx"), Near},
	{55, "footer glued to a part's header", mixed("x", "Content-Type: text/plain\r\n\r\n\r\n"), mixed("x", "Content-Type: text/plain\r\nlist footer\r\n\r\n"), Near},
	{56, "blank of a signed line", multi("signed", "x", "Content-Type: text/plain\r\n\r\nsigned \r\ntext", "Content-Type: application/pgp-signature\r\n\r\nxxx"), multi("signed", "x", "Content-Type: text/plain\r\n\r\nsigned\r\ntext", "Content-Type: application/pgp-signature\r\n\r\nxxx"), Near},
	{57, "octet under a DKIM signature", "DKIM-Signature: v=1; bh=x\r\n" + base, "DKIM-Signature: v=1; bh=x\r\n" + swap("rains", "rainS"), Near},
	{58, "two Subjects in another order", swap(subject, "Subject: a\r\nSubject: b\r\n"), swap(subject, "Subject: b\r\nSubject: a\r\n"), Same},
	{59, "one of two Message-IDs", swap(id, id+"Message-ID: <2@example.org>\r\n"), base, Near},
	{60, "case of a field name", base, swap("Subject:", "SUBJECT:"), Same},
	{61, "one instant", swap("12:34:00 +0100", "11:34:00 GMT"), swap("12:34:00 +0100", "13:34:00 +0200"), Same},
	{62, "blanks in a date that is none", swap("Thu, 22 Aug 2002 12:34:00 +0100", "yesterday  evening"), swap("Thu, 22 Aug 2002 12:34:00 +0100", "yesterday\r\n evening"), Same},
	{63, "case of the domain", base, swap("alice@example.org>\r\nTo", "alice@EXAMPLE.org>\r\nTo"), Same},
	{63, "case of the local part", base, swap("alice@example.org>\r\nTo", "Alice@example.org>\r\nTo"), Near},
	{64, "U-label and A-label", swap("To: me@isp.example", "To: me@bücher.example"), swap("To: me@isp.example", "To: me@xn--bcher-kva.example"), Same},
	{65, "alternative texts", multi("alternative", "x", note, markup), multi("alternative", "x", note2, markup), Near},
	{66, "nested and flat", mixed("x", note, "Content-Type: multipart/mixed; boundary=y\r\n\r\n"+joined("y", note2, markup)), mixed("x", note, note2, markup), Near},
	{67, "boundary as text", mixed("x", "Content-Type: multipart/mixed; boundary=y\r\n\r\n"+joined("y", note)), mixed("x", "Content-Type: text/plain\r\n\r\n"+joined("y", note)), Near},
	{68, "NUL and 0x80", swap("it rains", "it\x00rains"), swap("it rains", "it\x80rains"), Near},
	{69, "field behind a bare CR", swap(subject, "Subject: x\rBcc: eve@example.org\r\n"), swap(subject, "Subject: x\r\nBcc: eve@example.org\r\n"), Near},
	{70, "octets without a label", swap("the weather", "Gr\xfc\xdfe"), swap("the weather", "Grüße"), Near},
	{71, "fetched, then sent on", "Received: from home.example (home.example [203.0.113.5]) by mx2.example; Sat, 24 Aug 2002 08:00:00 +0000\r\n" + fetched + base, base, Near},
	{72, "Delivered-To of the server", "Delivered-To: me@isp.example\r\n" + base, "Delivered-To: office@isp.example\r\n" + base, Near},
	{74, "one UIDL, other content", "X-UIDL: 17\r\n" + base, "X-UIDL: 17\r\n" + swap("rains", "snows"), Near},
	{75, "equal octets", base, base, Identical},
	{77, "nested deep", mixed("x", nested(200, "a")), mixed("x", nested(200, "b")), Near},
	{78, "garbage behind base64", mixed("x", pdf("a", "abcd", 76)), mixed("x", pdf("a", "abcd", 76)+"\r\ngarbage"), Near},
	{79, "case of hex digits", typed("text/plain; charset=iso-8859-1", "quoted-printable", "=be\r\n"), typed("text/plain; charset=iso-8859-1", "quoted-printable", "=BE\r\n"), Same},
	{81, "Takeout", base, "X-GM-THRID: 1\r\nX-Gmail-Labels: Inbox\r\n" + base, Same},
	{82, "wrapped by a scanner", base, without(head, received) + "Content-Type: multipart/mixed; boundary=x\r\n\r\n" + joined("x", note, "Content-Type: message/rfc822\r\n\r\n"+base), Near},
	{83, "end of a message that was split at From", endOfBase, base, Near},

	// Beyond the list.
	{0, "a message and what is not its end", "other lines\r\n" + endOfBase, base, Different},
	{0, "fragment of another message", endOfBase, swap("10 0 EUR", "20 0 EUR"), Different},
	{0, "nothing but the closing boundary", mixed("x", "Content-Type: text/plain\r\n\r\nsee"), strings.TrimSuffix(mixed("x", "Content-Type: text/plain\r\n\r\nsee"), "--x--\r\n"), Near},
	{0, "UW-IMAP's own data twice", internalData, thunderbird + internalData, Different},
	{0, "fold within a Message-ID", base, swap("<1@example.org>", "<1@\r\n\texample.org>"), Same},
	{0, "order of fields, one of them another", base, strings.Replace(swap("weather", "wether"), date+from, from+date, 1), Near},
	{0, "bad line", base, swap(subject, subject+"no field\r\n"), Near},
	{0, "two bad lines", swap(subject, subject+"no field\r\n"), swap(subject, subject+"none at all\r\n"), Near},
	{0, "field of a part", mixed("x", "Content-Language: en\r\n"+note), mixed("x", note), Near},
	{0, "bad line in a part", mixed("x", "no field\r\n"+note), mixed("x", note), Near},
	{0, "preamble", mixed("x", note), strings.Replace(mixed("x", note), "\r\n\r\n--x", "\r\n\r\nin MIME format\r\n--x", 1), Near},
	{0, "empty lines around the preamble", mixed("x", note), strings.Replace(mixed("x", note), "\r\n\r\n--x", "\r\n\r\n\r\n\r\n--x", 1), Same},
	{0, "broken base64, of other lines", mixed("x", pdf("a", doc, 76)+"*"), mixed("x", pdf("a", doc, 60)+"*"), Near},
	{0, "broken base64, other state", mixed("x", pdf("a", doc, 76)+"*"), thunderbird + mixed("x", pdf("a", doc, 76)+"*"), Same},
	{0, "fields within an attached message", mixed("x", "Content-Type: message/rfc822\r\n\r\n"+base), mixed("x", "Content-Type: message/rfc822\r\n\r\n"+strings.Replace(base, date+from, from+date, 1)), Near},
	{0, "attached message encoded another way", mixed("x", "Content-Type: message/rfc822\r\n\r\nSubject: a\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=3D\r\n"), mixed("x", "Content-Type: message/rfc822\r\n\r\nSubject: a\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=3d\r\n"), Same},
	{0, "charset that nobody knows", typed("text/plain; charset=x-mine", "8bit", "\xe4\r\n"), typed("text/plain; charset=x-mine", "quoted-printable", "=E4\r\n"), Same},
	{0, "two charsets that nobody knows", typed("text/plain; charset=x-mine", "8bit", "\xe4\r\n"), typed("text/plain; charset=x-yours", "8bit", "\xe4\r\n"), Near},
	{0, "octets that are none of the charset", typed("text/plain; charset=utf-8", "8bit", "\xe4\r\n"), typed("text/plain; charset=iso-8859-1", "8bit", "\xe4\r\n"), Near},
	{0, "long lines", base + strings.Repeat("x", 70_000), strings.ReplaceAll(base, "\r\n", "\n") + strings.Repeat("x", 70_000) + "\n", Same},
	{0, "long lines, other ends", base + strings.Repeat("x", 70_000), base + strings.Repeat("x", 69_999) + "y", Near},
	{0, "long boundary", mixed(strings.Repeat("b", 900), note), mixed("x", note), Same},
	{0, "many parts", mixed("x", manyParts("a")...), thunderbird + mixed("x", manyParts("a")...), Same},
	{0, "last of many parts", mixed("x", manyParts("a")...), mixed("x", manyParts("b")...), Near},
	{0, "long header of a part", mixed("x", longPart("a")), thunderbird + mixed("x", longPart("a")), Same},
	{0, "end of a long header of a part", mixed("x", longPart("a")), mixed("x", longPart("b")), Near},
	{0, "long header of an attached message", mixed("x", "Content-Type: message/rfc822\r\n\r\n"+longPart("a")), mixed("x", "Content-Type: message/rfc822\r\n\r\n"+longPart("b")), Near},
	{0, "no final line end", base, strings.TrimSuffix(base, "\r\n"), Same},
	{0, "mbox line on top", base, "From alice@example.org Thu Aug 22 12:34:53 2002\r\n" + base, Same},
	{0, "order of fields", base, strings.Replace(base, date+from, from+date, 1), Same},
	{0, "order of Received", base, strings.Replace(base, received, received[strings.Index(received, "Received: from pc"):]+received[:strings.Index(received, "Received: from pc")], 1), Near},
	{0, "bare CR in the body", base, swap("rains.", "rains.\r"), Near},
	{0, "bare CR dropped", swap("it rains", "it\rrains"), base, Near},
	{0, "empty line within", base, swap("    indented", "\r\n    indented"), Near},
	{0, "empty line before a boundary", mixed("x", note, note), mixed("x", note+"\r\n", note), Near},
	{0, "empty lines behind a cut multipart", strings.TrimSuffix(mixed("x", note), "--x--\r\n"), strings.TrimSuffix(mixed("x", note), "--x--\r\n") + "\r\n", Same},
	{0, "closing boundary", mixed("x", note), strings.TrimSuffix(mixed("x", note), "--x--\r\n"), Near},
	{0, "name by RFC 2231 and RFC 2047", mixed("x", "Content-Type: a/b; name*=utf-8''%C3%BC\r\n\r\nx"), mixed("x", "Content-Type: a/b; name=\"=?iso-8859-1?q?=FC?=\"\r\n\r\nx"), Same},
	{0, "defaults written out", base, typed("text/plain; charset=us-ascii", "7bit", text), Same},
	{0, "QP of octets", mixed("x", "Content-Type: a/b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=0Ab"), mixed("x", "Content-Type: a/b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na\r\nb"), Near},
	{0, "octets in base64 and QP", mixed("x", "Content-Type: a/b\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=00b"), mixed("x", "Content-Type: a/b\r\nContent-Transfer-Encoding: base64\r\n\r\nYQBi"), Same},
	{0, ">From in base64", mixed("x", "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"+base64.StdEncoding.EncodeToString([]byte(">From x"))), mixed("x", "Content-Type: text/plain\r\n\r\nFrom x"), Near},
	{0, "digest part", multi("digest", "x", "\r\n"+base), multi("digest", "x", "Content-Type: message/rfc822\r\n\r\n"+base), Same},
	{0, "state within an attached message", mixed("x", "Content-Type: message/rfc822\r\n\r\n"+base), mixed("x", "Content-Type: message/rfc822\r\n\r\nX-UIDL: 1\r\n"+base), Near},
	{0, "two Content-Types", swap(subject, subject+"Content-Type: text/plain\r\nContent-Type: text/html\r\n"), swap(subject, subject+"Content-Type: text/html\r\n"), Near},
	{0, "Content-Type of nonsense", swap(subject, subject+"Content-Type: text\r\n"), base, Near},
	{0, "boundary that never occurs", typed("multipart/mixed; boundary=x", "7bit", "text"), typed("multipart/mixed; boundary=y", "7bit", "text"), Near},
	{0, "empty Message-ID", without(swap("<1@example.org>", "<>"), received), thunderbird + without(swap("<1@example.org>", "<>"), received), Near},
	{0, "first half of a multipart", mixed("x", note, note2), head + "Content-Type: multipart/mixed; boundary=x\r\n\r\n" + broken, Near},
}

// internalData is what UW-IMAP keeps in the first message of an mbox.
const internalData = "From: Mail System Internal Data <MAILER-DAEMON@isp.example>\r\nSubject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\r\n" +
	"Message-ID: <1030000000@isp.example>\r\nX-IMAP: 1030000000 0000000017\r\nStatus: RO\r\n\r\nThis text is part of the internal format of your mail folder.\r\n"

// endOfBase is what a reader makes of the end of base that splits it at its line "From now".
const endOfBase = "    indented\r\n10 0 EUR\r\n"

// manyParts are more than are looked into, the last of them with that text.
func manyParts(last string) []string {
	parts := slices.Repeat([]string{"\r\nx"}, maxParts+10)
	return append(parts, "\r\n"+last)
}

// longPart has a header beyond the bounds, with that text at its end.
func longPart(end string) string {
	return strings.Repeat("X-Long: and so on\r\n", 2*maxPartHead/20) + "X-End: " + end + "\r\n\r\ntext\r\n"
}

// nested is a part so deep in others.
func nested(depth int, leaf string) string {
	part := "Content-Type: text/plain\r\n\r\n" + leaf
	for i := range depth {
		b := fmt.Sprintf("b%d", i)
		part = "Content-Type: multipart/mixed; boundary=" + b + "\r\n\r\n" + joined(b, part)
	}
	return part
}

func TestPairs(t *testing.T) {
	for _, p := range pairs {
		t.Run(fmt.Sprintf("%d %s", p.n, p.name), func(t *testing.T) {
			if got := compare(t, p.a, p.b); got.Kind != p.want || got.Reason == "" {
				t.Errorf("Compare = %v: %s, want %v", got.Kind, got.Reason, p.want)
			}
			if got := compare(t, p.a, p.a); got.Kind != Identical {
				t.Errorf("the first and itself: %v", got)
			}
		})
	}
}

func TestReasons(t *testing.T) {
	withPDF := mixed("x", note, pdf("a.pdf", doc, 76))
	for _, c := range []struct {
		a, b, want string
		fuller     int8
	}{
		{base, base, "same octets", 0},
		{base, "X-Account-Key: 1\r\nStatus: R\r\n" + base, "same content, other status, x-account-key", 0},
		{base, swap("\"Alice Liddell\"", "Alice Liddell"), "same content, encoded or folded another way", 0},
		{base, swap("id 4711", "id 4712"), reasonStack, 0},
		{without(base, received), base, reasonSent, 0},
		{base, strings.Replace(swap("weather", "wether"), "rains", "reins", 1), "same Message-ID, other subject, body", 0},
		{base, swap("<1@", "<2@"), "same content, other Message-ID", 0},
		{base, strings.Replace(swap("<1@", "<2@"), "weather", "wether", 1), "other message-id, subject", 0},
		{base, strings.Replace(swap("<1@", "<2@"), "12:34:00", "13:34:00", 1), "other Message-ID, same body, sender and subject on one day", 0},
		{base, strings.Replace(swap("<1@", "<2@"), "Date: Thu, 22", "Date: Fri, 23", 1), "other date, message-id", 0},
		{base, base + "-- \r\nchecked for viruses\r\n", "same Message-ID, 2 lines added at the end of the same text", 1},
		{base + "-- \r\nchecked for viruses\r\n", base, "same Message-ID, 2 lines added at the end of the same text", -1},
		{base, swap("    indented", "-- advertisement --\r\n    indented"), "same Message-ID, one line added to the same text", 1},
		{base, base[:len(base)-20], "same Message-ID, cut off after 3 lines", -1},
		{base + strings.Repeat("x\r\n", 20), base, "same Message-ID, cut off after 5 lines", -1},
		{base, head + "\r\n", "same Message-ID, text missing", -1},
		{base, "X-Mozilla-Status: 0401\r\n" + base[:len(base)-20], reasonPartial, -1},
		{"X-Mozilla-Status: 0401\r\n" + base, base, reasonPartial, 1},
		{withPDF, mixed("x", note), "same Message-ID, same text, attachment missing (a.pdf)", -1},
		{mixed("x", note), withPDF, "same Message-ID, same text, attachment missing (a.pdf)", 1},
		{withPDF, mixed("x", note, "Content-Type: text/x-moz-deleted; name=\"Deleted: a.pdf\"\r\n\r\ngone"), "same Message-ID, same text, attachment missing (a.pdf)", -1},
		{withPDF, strings.Replace(mixed("x", note), "weather", "wether", 1), "same Message-ID, same text, attachment missing (a.pdf), other subject", 0},
		{withPDF, mixed("x", note, pdf("a.pdf", doc+"x", 76)), "same Message-ID, other a.pdf", 0},
		{withPDF, mixed("x", note, pdf("b.pdf", doc, 76)), "same Message-ID, same content, but in other parts, or by other names", 0},
		{base, "List-Id: <dev.example>\r\n" + strings.Replace(swap("the weather", "[dev] the weather"), "id 4711", "id 99", 1) + "____\r\nlist\r\n", reasonList, 0},
		{base, "Resent-From: bob@example.net\r\n" + base, reasonResent, 0},
		{base, without(head, received) + "Content-Type: multipart/mixed; boundary=x\r\n\r\n" + joined("x", note, "Content-Type: message/rfc822\r\n\r\n"+base), reasonHolds, 1},
		{base, strings.Replace(mixed("x", note, "Content-Type: message/rfc822\r\n\r\n"+base), "<1@", "<2@", 1), reasonHolds, 1},
		{endOfBase, base, reasonOfFull, 1},
		{base, endOfBase, reasonOfFull, -1},
		{"Delivered-To: a\r\n" + base, "Delivered-To: b\r\n" + base, reasonDelivered, 0},
		{without(base, id, received), thunderbird + without(base, id, received), reasonUnproven, 0},
		{base, "X-Mozilla-Status: 0009\r\n" + base, "not a copy: deleted, and only there until its folder is compacted", 0},
		{internalData, base, "not a copy: no mail, but a mail program's own data", 0},
	} {
		if got := compare(t, c.a, c.b); got.Reason != c.want || got.Fuller != c.fuller {
			t.Errorf("reason %q, fuller %d, want %q, %d", got.Reason, got.Fuller, c.want, c.fuller)
		}
	}
}
