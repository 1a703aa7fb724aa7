package mail

import "io"

// BodyOf is r, whose errors get their operation, message and scope from fail. The end of r is none.
func BodyOf(r io.Reader, fail func(error) error) io.Reader { return &body{r, fail} }

type body struct {
	r    io.Reader
	fail func(error) error
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && err != io.EOF {
		err = b.fail(err)
	}
	return n, err
}
