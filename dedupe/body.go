package dedupe

// Part is a piece of content.
type Part struct {
	// Sum is the digest of the canonical form of the part and all in it.
	Sum Sum
}

// opaqueBody is content that is not looked into: the encoding fields as they are, the octets with LF
// line ends, less the empty lines at the end.
func opaqueBody(encoding []Field, content *contentHash) Part {
	e := newEncoder()
	e.text("opaque")
	e.fields(encoding)
	sum := content.sum()
	e.text(string(sum[:]))
	return Part{Sum: e.sum()}
}
