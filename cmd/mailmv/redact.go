package main

import (
	"io"

	"mailmv/migrate/wire"
)

// minSecret: shorter secrets are not hidden; that would garble every line and tell what they are.
const minSecret = 3

// redactor takes secrets out of everything that is written for people: servers echo refused commands,
// password in it. The zero value hides nothing yet.
type redactor struct{ words wire.Secrets }

// hide makes secret unreadable from now on, as it is and in base64.
func (r *redactor) hide(secret string) {
	if len(secret) >= minSecret {
		r.words.Hide(secret)
	}
}

// clean returns s without secrets.
func (r *redactor) clean(s string) string { return r.words.Redact(s) }

// writer gives a writer that cleans what is written to w. Each Write should hold whole lines.
func (r *redactor) writer(w io.Writer) io.Writer { return redacting{r, w} }

type redacting struct {
	r *redactor
	w io.Writer
}

func (r redacting) Write(p []byte) (int, error) {
	if _, err := io.WriteString(r.w, r.r.clean(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}
