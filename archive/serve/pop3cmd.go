package serve

import (
	"bufio"
	"crypto/md5"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"strconv"
	"strings"
)

type handler = func(p *pop3Session, arg string)

// The commands by state (RFC 1939 §4 to §6).
var (
	anyState = map[string]handler{
		"CAPA": (*pop3Session).capa, "QUIT": (*pop3Session).quit,
	}
	beforeLogin = map[string]handler{
		"USER": (*pop3Session).userName, "PASS": (*pop3Session).pass, "APOP": (*pop3Session).apop,
		"AUTH": (*pop3Session).auth, "STLS": (*pop3Session).stls,
	}
	afterLogin = map[string]handler{
		"STAT": (*pop3Session).stat, "LIST": (*pop3Session).list, "UIDL": (*pop3Session).uidl,
		"RETR": (*pop3Session).retr, "TOP": (*pop3Session).top, "DELE": (*pop3Session).dele,
		"NOOP": (*pop3Session).noop, "RSET": (*pop3Session).rset,
	}
)

// quit removes what was marked and lets go of the maildrop (RFC 1939 §6).
func (p *pop3Session) quit(string) {
	p.ended = true
	if p.srv.Odd.QuitFails {
		p.no("some deleted messages not removed")
		return
	}
	var gone []int
	for i, g := range p.gone {
		if g {
			gone = append(gone, i)
		}
	}
	if err := p.release(gone); err != nil {
		p.no("some deleted messages not removed: %v", err)
		return
	}
	p.ok("bye")
}

func (p *pop3Session) userName(arg string) {
	if !p.mayLogin() {
		p.no("encryption first: STLS")
		return
	}
	p.user = arg
	p.ok("send PASS")
}

func (p *pop3Session) pass(arg string) {
	if p.user == "" {
		p.no("send USER first")
		return
	}
	a, known := p.srv.Accounts[p.user]
	p.login(known && same(a.Password, arg), p.user)
}

func (p *pop3Session) apop(arg string) {
	user, digest, _ := strings.Cut(arg, " ")
	a, known := p.srv.Accounts[user]
	sum := md5.Sum([]byte(p.stamp + a.Password))
	p.login(known && p.stamp != "" && same(hex.EncodeToString(sum[:]), digest), user)
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// login opens the maildrop of user where the proof was good.
func (p *pop3Session) login(good bool, user string) {
	p.user = ""
	if !good {
		p.no("[AUTH] wrong user name or password")
		return
	}
	drop := p.srv.Accounts[user].Maildrop
	letters, err := drop.Lock()
	switch {
	case errors.Is(err, ErrInUse):
		p.no("[IN-USE] %v", err)
	case err != nil:
		p.no("[SYS/TEMP] %v", err)
	default:
		p.drop, p.letters, p.gone = drop, letters, make([]bool, len(letters))
		p.ok("maildrop has %d messages", len(letters))
	}
}

// auth runs one SASL exchange (RFC 5034 §4).
func (p *pop3Session) auth(arg string) {
	mech, first, hasFirst := strings.Cut(arg, " ")
	if mech = strings.ToUpper(mech); !p.mayLogin() || !p.srv.offers(mech) {
		p.no("mechanism not offered")
		return
	}
	e := newExchange(mech, p.srv.password)
	var response []byte
	var err error
	if hasFirst {
		response, err = decodeSASL(first)
	}
	for err == nil {
		var challenge []byte
		var done bool
		if challenge, done, err = e.Next(response); err != nil || done {
			break
		}
		p.w.WriteString("+ " + base64.StdEncoding.EncodeToString(challenge) + "\r\n")
		var line string
		if line, err = p.readLine(); err == nil {
			response, err = decodeSASL(line)
		}
	}
	p.login(err == nil, e.user)
}

// decodeSASL undoes base64; "=" stands for nothing (RFC 5034 §4), "*" ends the exchange.
func decodeSASL(line string) ([]byte, error) {
	switch line {
	case "*":
		return nil, errors.New("cancelled")
	case "", "=":
		return []byte{}, nil
	}
	return base64.StdEncoding.DecodeString(line)
}

func (s *POP3) password(user string) (string, bool) {
	a, ok := s.Accounts[user]
	return a.Password, ok
}

func (p *pop3Session) stls(string) {
	if p.srv.TLS == nil || p.secure {
		p.no("no STLS here")
		return
	}
	p.ok("begin TLS")
	p.w.Flush()
	p.secure = true
	p.use(tls.Server(p.conn, p.srv.TLS))
}

func (p *pop3Session) noop(string) { p.ok("") }

func (p *pop3Session) rset(string) {
	clear(p.gone)
	p.ok("")
}

func (p *pop3Session) stat(string) {
	n, octets := 0, int64(0)
	for i, l := range p.letters {
		if !p.gone[i] {
			n++
			octets += l.Octets
		}
	}
	p.ok("%d %d", n, octets)
}

func (p *pop3Session) list(arg string) {
	p.each(arg, func(l Letter) string { return strconv.FormatInt(l.Octets, 10) })
}

func (p *pop3Session) uidl(arg string) {
	p.each(arg, func(l Letter) string { return l.UIDL })
}

// each answers LIST and UIDL: one number and fact, or all that are not marked as deleted.
func (p *pop3Session) each(arg string, fact func(Letter) string) {
	if arg != "" {
		if i, ok := p.number(arg); ok {
			p.ok("%d %s", i+1, fact(p.letters[i]))
		}
		return
	}
	p.ok("")
	for i, l := range p.letters {
		if !p.gone[i] {
			p.w.WriteString(strconv.Itoa(i+1) + " " + fact(l) + "\r\n")
		}
	}
	p.w.WriteString(".\r\n")
}

// number gives the index of a message that is there, or answers that it is not.
func (p *pop3Session) number(arg string) (int, bool) {
	n, err := strconv.Atoi(arg)
	if err != nil || n < 1 || n > len(p.letters) || p.gone[n-1] {
		p.no("no such message")
		return 0, false
	}
	return n - 1, true
}

func (p *pop3Session) dele(arg string) {
	if i, ok := p.number(arg); ok {
		p.gone[i] = true
		p.ok("marked")
	}
}

func (p *pop3Session) retr(arg string) {
	i, ok := p.number(arg)
	if !ok {
		return
	}
	p.retrs++
	p.send(i, func(r io.Reader, w io.Writer) error {
		if p.retrs == p.srv.Odd.CutAt {
			io.CopyN(w, r, p.letters[i].Octets/2)
			p.w.Flush()
			return errors.New("cut on purpose")
		}
		_, err := io.Copy(w, r)
		return err
	})
}

func (p *pop3Session) top(arg string) {
	number, count, _ := strings.Cut(arg, " ")
	lines, err := strconv.Atoi(count)
	if err != nil || lines < 0 {
		p.no("TOP wants a message and a number of lines")
		return
	}
	if i, ok := p.number(number); ok {
		p.send(i, func(r io.Reader, w io.Writer) error { return copyTop(w, r, lines) })
	}
}

// send answers with a message, dot-stuffed (RFC 1939 §3). There is no way to tell of an error in the
// middle but to end the connection.
func (p *pop3Session) send(i int, copy func(io.Reader, io.Writer) error) {
	body, err := p.letters[i].Open()
	if err != nil {
		p.no("[SYS/TEMP] %v", err)
		return
	}
	defer body.Close()
	p.ok("%d octets", p.letters[i].Octets)
	w := &dotWriter{w: p.w}
	if copy(body, w) != nil || w.Close() != nil {
		p.ended = true
		p.conn.Close()
	}
}

// copyTop copies the header, the blank line and the first lines of the body (RFC 1939 §7).
func copyTop(w io.Writer, from io.Reader, lines int) error {
	r := bufio.NewReader(from)
	inBody, whole := false, true
	for {
		part, err := r.ReadSlice('\n')
		if inBody && whole {
			if lines == 0 {
				return nil
			}
			lines--
		}
		if _, werr := w.Write(part); werr != nil {
			return werr
		}
		if err == io.EOF {
			return nil
		}
		if err != nil && err != bufio.ErrBufferFull {
			return err
		}
		if whole && (string(part) == "\r\n" || string(part) == "\n") {
			inBody = true
		}
		whole = err == nil
	}
}
