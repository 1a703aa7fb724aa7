package dedupe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// judgeOf judges messages that are in memory.
func judgeOf(t *testing.T, messages []string, set func(j *Judge)) *Judged {
	t.Helper()
	j := Judge{Rules: Standard(), Near: true, Jobs: 2, Open: func(_ context.Context, i int) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(messages[i])), nil
	}}
	if set != nil {
		set(&j)
	}
	for _, m := range messages {
		j.Prints = append(j.Prints, printOf(t, j.Rules, m))
	}
	out, err := j.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// groupsOf writes groups as "0 2 4 | 1 3".
func groupsOf(j *Judged) string {
	var all []string
	for _, g := range j.Groups {
		all = append(all, strings.Trim(fmt.Sprint(g.Copies), "[]"))
	}
	return strings.Join(all, " | ")
}

func nearOf(j *Judged) string {
	var all []string
	for _, k := range j.Near {
		all = append(all, fmt.Sprintf("%d-%d %s", k.A, k.B, k.Reason))
	}
	return strings.Join(all, " | ")
}

func TestJudge(t *testing.T) {
	me, office := "Delivered-To: me@isp.example\r\n"+base, "Delivered-To: office@isp.example\r\n"+base
	bare := without(base, id, received)
	for _, c := range []struct {
		name         string
		messages     []string
		groups, near string
	}{
		{"three PCs", []string{thunderbird + base, base, fetched + base, "Subject: x\n\n"}, "0 1 2", ""},
		{"encoded and folded", []string{base, swap(`"Alice Liddell"`, "Alice Liddell"), thunderbird + base, swap("From now", ">From now")}, "0 1 2 3", ""},
		{"other text", []string{base, swap("rains", "snows"), thunderbird + base}, "0 2", "0-1 same Message-ID, other body"},
		{"two addresses", []string{me, office, thunderbird + me}, "0 2", "0-1 " + reasonDelivered},
		{"73: nothing is merged through a third", []string{me, office, base}, "", "0-1 " + reasonDelivered + " | 0-2 same content, but there are copies delivered to several addresses, and this one does not say to which"},
		{"one address, and one that does not say", []string{me, base}, "0 1", ""},
		{"nothing proves it", []string{bare, thunderbird + bare, bare}, "0 2", "0-1 " + reasonUnproven},
		{"49: a ghost", []string{base, "X-Mozilla-Status: 0009\r\n" + base, base}, "0 2", ""},
		{"stub", []string{base, "X-Mozilla-Status: 0401\r\n" + base, base}, "0 2", "0-1 only the start of the message was fetched"},
		{"other Message-ID", []string{base, swap("<1@", "<2@")}, "", "0-1 same content, other Message-ID"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := judgeOf(t, c.messages, nil)
			if groupsOf(got) != c.groups || nearOf(got) != c.near || len(got.Failed) > 0 {
				t.Errorf("groups %q, want %q\nnear %q, want %q\n%v", groupsOf(got), c.groups, nearOf(got), c.near, got.Failed)
			}
		})
	}
}

// Every two members of a group merge by Compare, every two of one message's variants are in one group, and what is
// told does not hang on how many work at it.
func TestJudgeAgreesWithCompare(t *testing.T) {
	var messages []string
	for _, p := range pairs {
		if p.n != 72 && len(p.a) < 20_000 { // the two of 72 conflict, so nothing may join them
			messages = append(messages, p.a, p.b)
		}
	}
	one := judgeOf(t, messages, func(j *Judge) { j.Jobs = 1 })
	if many := judgeOf(t, messages, func(j *Judge) { j.Jobs = 7 }); !reflect.DeepEqual(one, many) {
		t.Error("seven at once judge otherwise than one")
	}
	forms := make([]*Canonical, len(messages))
	for i, m := range messages {
		forms[i] = canon(t, m)
	}
	in := map[int32]int{}
	for n, g := range one.Groups {
		for _, i := range g.Copies {
			in[i] = n + 1
		}
	}
	for a := range messages {
		for b := range a {
			merges := forms[a].Against(forms[b]).Merges() && printOf(t, Standard(), messages[a]).NoCopy() == ""
			if together := in[int32(a)] != 0 && in[int32(a)] == in[int32(b)]; together && !merges {
				t.Errorf("%.300q and %.300q are in one group, and not the same", messages[a], messages[b])
			} else if merges && !together {
				t.Errorf("%.300q and %.300q are the same, and in no group", messages[a], messages[b])
			}
		}
	}
}

// Kinship of messages that have no hint in common.
func TestJudgeKin(t *testing.T) {
	holder := strings.Replace(mixed("x", note, "Content-Type: Message/RFC822\r\n\r\n"+base), "<1@", "<2@", 1)
	nextDay := strings.Replace(swap("<1@", "<2@"), "Date: Thu, 22", "Date: Fri, 23", 1)
	for _, c := range []struct {
		name     string
		messages []string
		starts   []int
		near     string
	}{
		{"attached", []string{holder, "Subject: x\n\n", base}, nil, "0-2 " + reasonHolds},
		{"attached, of a group", []string{base, thunderbird + base, holder}, nil, "0-2 " + reasonHolds},
		{"one body on one day", []string{base, strings.Replace(swap("<1@", "<2@"), "12:34:00", "12:35:00", 1)}, nil, "0-1 other Message-ID, same body, sender and subject on one day"},
		{"one body on two days", []string{base, nextDay}, nil, ""},
		{"fragment", []string{"Subject: x\n\n", base, endOfBase}, []int{0}, "1-2 " + reasonFragment},
		{"fragment at the start of a folder", []string{base, endOfBase}, []int{0, 1}, ""},
		{"fragment in no order", []string{base, endOfBase}, nil, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := judgeOf(t, c.messages, func(j *Judge) { j.Starts = c.starts }); nearOf(got) != c.near {
				t.Errorf("near %q, want %q", nearOf(got), c.near)
			}
		})
	}
	if got := judgeOf(t, []string{holder, base}, func(j *Judge) { j.Near = false }); len(got.Near) != 0 {
		t.Errorf("not asked for, and near are %v", nearOf(got))
	}
}

// MatchExact groups what is equal but for line ends, and reads nothing.
func TestJudgeExact(t *testing.T) {
	messages := []string{base, thunderbird + base, strings.ReplaceAll(base, "\r\n", "\n"), "Delivered-To: me\r\n" + base, swap("rains", "snows")}
	got := judgeOf(t, messages, func(j *Judge) {
		j.Match, j.Near = MatchExact, false
		j.Open = func(context.Context, int) (io.ReadCloser, error) { panic("is read") }
	})
	if groupsOf(got) != "0 2" || got.Groups[0].Kind != Identical {
		t.Errorf("groups %q", groupsOf(got))
	}
}

// A run that is called off ends with an error, not with half an answer.
func TestJudgeCalledOff(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	messages := []string{base, swap("rains", "snows")}
	j := Judge{Rules: Standard(), Near: true, Open: func(context.Context, int) (io.ReadCloser, error) {
		cancel()
		return io.NopCloser(strings.NewReader(base)), nil
	}}
	for _, m := range messages {
		j.Prints = append(j.Prints, printOf(t, j.Rules, m))
	}
	if out, err := j.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Run = %v, %v", out, err)
	}
}

// However many texts bear one Message-ID, each is told near to another.
func TestJudgeManyOfOneID(t *testing.T) {
	var messages []string
	for i := range 3 * formsHeld {
		messages = append(messages, swap("it rains", fmt.Sprintf("it rains for the %dth time", i)))
	}
	got := judgeOf(t, append(messages, thunderbird+messages[40]), nil)
	if len(got.Near) != len(messages)-1 || groupsOf(got) != "40 48" {
		t.Errorf("groups %s, %d near, want %d", groupsOf(got), len(got.Near), len(messages)-1)
	}
}

// What cannot be read again is judged by its Print alone and told.
func TestJudgeUnreadable(t *testing.T) {
	broken := errors.New("broken")
	messages := []string{base, thunderbird + base, swap("rains", "snows")}
	got := judgeOf(t, messages, func(j *Judge) {
		j.Open = func(context.Context, int) (io.ReadCloser, error) { return nil, broken }
	})
	if groupsOf(got) != "0 1" || len(got.Failed) != 2 || !errors.Is(got.Failed[0].Err, broken) {
		t.Errorf("groups %q, failed %v", groupsOf(got), got.Failed)
	}
}

func TestJudgeWanted(t *testing.T) {
	messages := []string{base, thunderbird + base, swap("rains", "snows"), without(base, id)}
	j := Judge{Rules: Standard()}
	for _, m := range messages {
		j.Prints = append(j.Prints, printOf(t, j.Rules, m))
	}
	if got := j.Wanted(); !slices.Equal(got, []int32{0, 2}) {
		t.Errorf("Wanted = %v, want the two that have one Message-ID and another text", got)
	}
}

// 40,000 messages, each of which is there twice.
func BenchmarkJudge(b *testing.B) {
	const messages = 40_000
	j := Judge{Rules: Standard(), Near: true, Open: func(context.Context, int) (io.ReadCloser, error) { panic("is read") }}
	for i := range messages {
		j.Prints = append(j.Prints, printOf(b, j.Rules, swap("<1@example.org>", fmt.Sprintf("<%d@example.org>", i/2))+fmt.Sprintln("number", i/2)))
	}
	b.ReportAllocs()
	for b.Loop() {
		out, err := j.Run(b.Context())
		if err != nil || len(out.Groups) != messages/2 {
			b.Fatalf("%d groups, %v", len(out.Groups), err)
		}
	}
}
