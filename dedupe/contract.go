package dedupe

import (
	"bytes"
	"io"
)

type Verdict struct {
	Reason string
	same   bool
}

func (v Verdict) Merges() bool { return v.same }
func Compare(a, b io.Reader) (Verdict, error) {
	x, _ := io.ReadAll(a)
	y, _ := io.ReadAll(b)
	return Verdict{"same octets", bytes.Equal(x, y)}, nil
}
