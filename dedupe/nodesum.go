package dedupe

import "slices"

// end makes the digest of a part. last: nothing follows it in the message, so that empty lines at its end make no
// difference.
func (n *node) end(t *tree, last bool) {
	for n.heading { // a header without body; of an attached message, the message's too
		n.behead(t)
		if top := t.open; len(top) > 0 && n.what == message && !n.heading {
			inner := top[len(top)-1]
			t.open = top[:len(top)-1]
			inner.end(t, last)
			n.child(inner.sum)
		}
	}
	switch n.what {
	case multipart:
		n.endMultipart(t, last)
	case message:
		out := n.start(t, "message", "")
		out.fields(n.fields)
		out.text(string(n.sum[:]))
		n.sum = out.sum()
	default:
		n.endLeaf(t, last)
	}
	if n.at >= 0 {
		t.list[n.at].Sum = n.sum
	}
}

// start begins the digest of a part with all its fields say.
func (n *node) start(t *tree, kind, butParam string) *encoder {
	out := newEncoder()
	out.text(kind)
	out.text(n.form.kind)
	if t.rules.holds(lawParams) {
		out.text(paramText(n.form.params, butParam))
		out.text(n.form.disposition)
	}
	out.fields(n.others)
	return out
}

// opaqueSum is the digest of a part that is not looked into.
func (n *node) opaqueSum(t *tree, content Sum, numbers ...int64) {
	t.opaque++
	if n.at >= 0 {
		t.list[n.at].Opaque = true
	}
	e := newEncoder()
	e.text("opaque")
	e.fields(slices.Concat(n.encoding, n.others))
	e.text(string(content[:]))
	for _, x := range numbers {
		e.number(int(x))
	}
	n.sum = e.sum()
}

func (n *node) endLeaf(t *tree, last bool) {
	l := n.leaf
	l.close(last)
	if n.at >= 0 {
		t.list[n.at].Octets = l.octets()
	}
	if !l.readable() {
		n.opaqueSum(t, l.rawSum())
		return
	}
	but := ""
	if l.text && t.rules.holds(lawCharset) {
		but = "charset"
	}
	out := n.start(t, "leaf", but)
	kind, sum := l.contentSum()
	out.text(kind)
	out.text(string(sum[:]))
	if n.at >= 0 {
		t.list[n.at].Content = sum
	}
	n.sum = out.sum()
}

func (n *node) endMultipart(t *tree, last bool) {
	if !n.begun { // its boundary is nowhere
		trailing := n.outer.trailing()
		if last {
			trailing = 0
		}
		n.opaqueSum(t, n.outer.sum(), n.outer.leading, trailing)
		return
	}
	but := "boundary"
	if !t.rules.holds(lawBoundary) {
		but = ""
	}
	out := n.start(t, "multipart", but)
	closed := "open"
	if t.cut = t.cut || !n.closed; n.closed || !t.rules.holds(lawClosed) {
		closed = "closed"
	}
	out.text(closed)
	if n.before == nil { // nothing but parts
		n.before = &outer{}
	}
	if t.rules.holds(lawOuter) {
		pre, post := n.before.sum(), n.outer.sum()
		out.text(string(pre[:]))
		out.text(string(post[:]))
	}
	out.number(n.n)
	children := n.children.sum()
	out.text(string(children[:]))
	n.sum = out.sum()
}

// outer is what stands before or behind parts: lines, without the empty ones around them.
type outer struct {
	hash    *contentHash
	leading int64
}

func (o *outer) content(line []byte) {
	if o.hash == nil {
		o.hash = newContentHash(anyTail)
	}
	o.hash.put(line)
}

func (o *outer) lineEnd() {
	if o.hash == nil {
		o.leading++
		return
	}
	o.hash.put(crlf[1:])
}

func (o *outer) trailing() int64 {
	if o.hash == nil {
		return 0
	}
	return o.hash.empty
}

func (o *outer) sum() Sum {
	if o.hash == nil {
		return Sum{}
	}
	return o.hash.encoder.sum()
}
