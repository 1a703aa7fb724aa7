// Command mvbench measures mailmv on this machine, beside what it has to be measured against, in turn and in one run,
// so that the figures are ratios and hold on any machine:
//
//   - plain: a copy of one message at a time with the libraries' own calls (go-pop3's RetrRaw, go-imap's Append);
//   - limit: raw sockets, every command pipelined, one FETCH for all, MULTIAPPENDs of 100 that do not wait for one
//     another, files made durable by one sync for a group. It keeps no state and checks nothing, so no real program can
//     reach it;
//   - again: the same command once more, with nothing to do.
//
// Both ends are one private Dovecot with its default of mail_fsync, once directly and once behind a proxy
// that delays every octet. It needs root and Dovecot; "make bench" runs it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"time"
)

type options struct {
	mailmv    string
	dir       string
	near, far load
	judge     load
	scale     int
	plain     int
	big       int64
	delay     time.Duration
	rounds    int
}

// load is so many messages of so many octets.
type load struct {
	messages int
	octets   int64
}

// String and Set implement flag.Value: "20000x5KB".
func (l *load) String() string { return fmt.Sprintf("%dx%d", l.messages, l.octets) }

func (l *load) Set(s string) error {
	n, size, ok := strings.Cut(s, "x")
	if !ok {
		return errors.New("want COUNTxSIZE, such as 20000x5KB")
	}
	var err error
	if l.messages, err = strconv.Atoi(n); err != nil || l.messages < 1 {
		return fmt.Errorf("%q is not a number of messages", n)
	}
	l.octets, err = parseSize(size)
	return err
}

func parseSize(s string) (int64, error) {
	number, unit := s, int64(1)
	for suffix, u := range map[string]int64{"KB": 1 << 10, "MB": 1 << 20} {
		if n, ok := strings.CutSuffix(s, suffix); ok {
			number, unit = n, u
		}
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not a size", s)
	}
	return n * unit, nil
}

func main() {
	o := options{near: load{20000, 5 << 10}, far: load{5000, 4 << 10}, judge: load{20000, 5 << 10}}
	flag.StringVar(&o.mailmv, "mailmv", "bin/mailmv", "the program to measure")
	flag.StringVar(&o.dir, "dir", "", "folder to work in, on a file system with a journal; unless given, memory")
	flag.Var(&o.near, "near", "mail for the runs without delay")
	flag.Var(&o.far, "far", "mail for the runs through the proxy")
	flag.Var(&o.judge, "judge", "mail, and a second copy of each, for dedupe")
	flag.IntVar(&o.scale, "scale", 0, "also measure each command with 20,000 messages of 1 KB and with this many; 0: not")
	flag.IntVar(&o.plain, "plain", 50, "messages of a plain copy through the proxy; ten times as many without delay")
	big := flag.String("big", "300MB", "size of the one message whose peak memory is measured; 0: none")
	flag.DurationVar(&o.delay, "delay", 20*time.Millisecond, "delay each way")
	flag.IntVar(&o.rounds, "rounds", 3, "rounds; medians are shown")
	flag.Parse()
	var err error
	if o.big, err = parseSize(*big); err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		defer stop()
		err = bench(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mvbench:", err)
		os.Exit(1)
	}
}

// bench sets everything up, measures, prints, and clears away.
func bench(ctx context.Context, o options) (err error) {
	b, err := newBed(ctx, o.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.close()) }()
	fmt.Println(b.note)
	far, err := b.behind(o.delay)
	if err != nil {
		return err
	}
	near := wire{b.pop3, b.imap}
	nearMail, err := b.fill("near", o.near.messages, o.near.octets)
	if err != nil {
		return err
	}
	farMail, err := b.fill("far", o.far.messages, o.far.octets)
	if err != nil {
		return err
	}
	fmt.Printf("near: %d messages of %d octets, no delay; far: %d of %d octets, %v each way\n",
		o.near.messages, o.near.octets, o.far.messages, o.far.octets, o.delay)
	t := &table{rounds: o.rounds}
	for range o.rounds {
		for _, c := range []course{{"near", near, nearMail, 10 * o.plain}, {"far", far, farMail, o.plain}} {
			if err := b.round(ctx, o.mailmv, t, c); err != nil {
				return err
			}
		}
		if err := b.judge(ctx, o, t); err != nil {
			return err
		}
	}
	t.print()
	for _, place := range []string{"near", "far"} {
		t.ratios(place)
	}
	t.ratio("judge mailmv", "judge limit", "times as long as reading and summing (goal: at most 1.5)")
	if err := b.huge(ctx, o, near); err != nil || o.scale == 0 {
		return err
	}
	return b.scaled(ctx, o, near)
}

// huge measures the memory that one message of great size takes.
func (b *bed) huge(ctx context.Context, o options, via wire) error {
	if o.big == 0 {
		return nil
	}
	mail, err := b.fill("big", 1, o.big)
	if err != nil {
		return err
	}
	f, err := b.pop2imap(ctx, o.mailmv, via, mail)
	if err == nil {
		fmt.Printf("one message of %d octets: %.1f s, peak memory %.1f MB (goal: under 64)\n", o.big, f.took.Seconds(), f.peakMB)
	}
	return err
}
