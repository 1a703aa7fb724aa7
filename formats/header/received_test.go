package header

import (
	"strings"
	"testing"
	"time"
)

const (
	serverHop = "Received: from client.example (client.example [192.0.2.7]) by mx.isp.example (Postfix)\r\n" +
		"\twith ESMTP id 4711 for <me@isp.example>; Thu, 22 Aug 2002 12:34:53 +0100\r\n"
	olderHop  = "Received: from pc (dsl [198.51.100.9]) by client.example; Thu, 22 Aug 2002 12:00:00 +0100\r\n"
	fetchHop  = "Received: from mx.isp.example [192.0.2.1]\r\n\tby localhost with POP3 (fetchmail-5.9.0)\r\n\tfor me@localhost (single-drop); Fri, 23 Aug 2002 20:00:00 +0100\r\n"
	mpopHop   = "Received: from mx.isp.example by pc.home.example (mpop-1.4.3) with POP3\r\n\tfor <me>; Fri, 23 Aug 2002 20:00:00 +0100\r\n"
	getHop    = "Received: from mx.isp.example by pc.home.example with POP3 getmail6 (6.18) msgid:4; 23 Aug 2002 20:00:00 -0000\r\n"
	localHop  = "Received: from localhost (localhost [127.0.0.1]) by pc.home.example (Postfix) with ESMTP id 9; Fri, 23 Aug 2002 20:00:05 +0100\r\n"
	ownHop    = "Received: by PC.home.example (Postfix, from userid 1000) id 9; Fri, 23 Aug 2002 20:00:05 +0100\r\n"
	qmailHop  = "Received: (qmail 4 invoked by uid 1000); 23 Aug 2002 19:00:05 -0000\r\n"
	forwarded = "Received: from home.example (home.example [203.0.113.5]) by mx2.example with SMTP id 8; Sat, 24 Aug 2002 08:00:00 +0000\r\n"
	dateField = "Date: Thu, 22 Aug 2002 11:59:00 +0100\r\n"
)

func TestReceived(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	server, sent := "2002-08-22T12:34:53+01:00", "2002-08-22T11:59:00+01:00"
	for _, c := range []struct{ name, in, want, source string }{
		{"server only", serverHop + olderHop + dateField, server, FromReceived},
		{"fetchmail on top", fetchHop + serverHop + dateField, server, FromReceived},
		{"fetchmail and its mail system", localHop + fetchHop + serverHop + dateField, server, FromReceived},
		{"mpop", mpopHop + serverHop, server, FromReceived},
		{"mpop and the same host's mail system", ownHop + mpopHop + serverHop, server, FromReceived},
		{"getmail", getHop + serverHop, server, FromReceived},
		{"qmail behind fetchmail", qmailHop + fetchHop + serverHop, server, FromReceived},
		{"fetched twice over", localHop + fetchHop + ownHop + mpopHop + serverHop, server, FromReceived},
		{"fetched, then sent on", forwarded + fetchHop + serverHop, "2002-08-24T08:00:00Z", FromReceived},
		{"fetched, sent on, fetched", fetchHop + forwarded + mpopHop + serverHop, "2002-08-24T08:00:00Z", FromReceived},
		{"nothing but the fetch", localHop + fetchHop + dateField, sent, FromDate},
		{"first hop without date", "Received: from a by b\r\n" + serverHop + dateField, server, FromReceived},
		{"first hop of 2099", strings.Replace(serverHop, "2002", "2099", 1) + serverHop, server, FromReceived},
		{"hop of the epoch", "Received: by b; Thu, 1 Jan 1970 00:00:00 +0000\r\n" + dateField, sent, FromDate},
		{"semicolon in a comment before", "Received: by b (x; y) id 4; Thu, 22 Aug 2002 12:34:53 +0100\r\n", server, FromReceived},
		{"no hop", "Subject: x\r\n" + dateField, sent, FromDate},
		{"second Date is better", "Date: tomorrow\r\n" + dateField, sent, FromDate},
		{"Date of 2038", "Date: Fri, 1 Jan 2038 00:00:00 +0000\r\n", now.Format(time.RFC3339), FromNow},
		{"last moment of 2037", "Date: Thu, 31 Dec 2037 23:59:59 +0000\r\n", "2037-12-31T23:59:59Z", FromDate},
		{"nothing", "Subject: x\r\n", now.Format(time.RFC3339), FromNow},
		{"empty", "", now.Format(time.RFC3339), FromNow},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, source := Received([]byte(c.in+"\r\n"), now)
			if got.Format(time.RFC3339) != c.want || source != c.source {
				t.Errorf("Received = %v from %s, want %s from %s", got.Format(time.RFC3339), source, c.want, c.source)
			}
		})
	}
}

func TestCut(t *testing.T) {
	above := "Delivered-To: me@pc.home.example\r\n"
	below := "Delivered-To: me@isp.example\r\n"
	head := "Return-Path: <x>\r\n" + above + localHop + fetchHop + below + serverHop + "\r\n"
	if got := head[Cut([]byte(head)):]; got != below+serverHop+"\r\n" {
		t.Errorf("Cut leaves %q", got)
	}
	if got := Cut([]byte(above + serverHop)); got != 0 {
		t.Errorf("Cut without a fetch line = %d, want 0", got)
	}
}

func TestParseHop(t *testing.T) {
	for _, c := range []struct {
		in   string
		want hop
	}{
		{"from A.example (B [192.0.2.1]) by c.example (Postfix) with ESMTP id 1; x", hop{from: "a.example", by: "c.example"}},
		{"from localhost (localhost [127.0.0.1]) by c", hop{from: "localhost", by: "c", loopback: true}},
		{"from phobos [127.0.0.1] by localhost with IMAP (fetchmail-5.9.0)", hop{from: "phobos", by: "localhost", loopback: true, fetch: true}},
		{"from x ([127.0.0.1] helo=y) by c with esmtp (Exim 4)", hop{from: "x", by: "c", loopback: true}},
		{"from x (EHLO y) (127.0.0.1) by c with SMTP", hop{from: "x", by: "c", loopback: true}},
		{"from x (y [IPv6:::1]) by c", hop{from: "x", by: "c", loopback: true}},
		{"from x (y [2001:db8::1]) by c", hop{from: "x", by: "c"}},
		{"(from mail@localhost) by c (8.11.6/8.11.6) id 1", hop{by: "c"}},
		{"by [10.1.1.1] with POP3S", hop{by: "10.1.1.1", fetch: true}},
		{"from x by c (talks about pop3) with SMTP", hop{from: "x", by: "c"}},
		{"by fetchmail.example with imapfoo", hop{by: "fetchmail.example"}},
		{"", hop{}},
	} {
		if got := parseHop([]byte(c.in)); got != c.want {
			t.Errorf("parseHop(%q) = %+v, want %+v", c.in, got, c.want)
		}
	}
}
