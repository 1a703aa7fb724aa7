package dedupe

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Messages signed by GnuPG and by OpenSSL, whatever their line ends. A blank that is lost, or a line that an mbox
// quoted, breaks the sum.
func TestSignedParts(t *testing.T) {
	for _, name := range []string{"signed-pgp.eml", "signed-smime.eml"} {
		octets, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		lf := strings.ReplaceAll(string(octets), "\r\n", "\n")
		for _, c := range []struct {
			name string
			msg  string
			want Integrity
		}{
			{"as it is", string(octets), Intact},
			{"LF", lf, Intact},
			{"CRLF", strings.ReplaceAll(lf, "\n", "\r\n"), Intact},
			{"blank lost", strings.Replace(lf, "signed \n", "signed\n", 1), Broken},
			{"quoted", strings.Replace(lf, "\nFrom here", "\n>From here", 1), Broken},
			{"line added", strings.Replace(lf, "From here", "x\nFrom here", 1), Broken},
			{"unknown sum", strings.Replace(lf, "sha", "sho", 1), Unsigned},
			{"cut", lf[:len(lf)-200], Unsigned},
			{"no signature", lf[:strings.LastIndex(lf, "Content-T")] + "\n\n--x--\n", Unsigned},
		} {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				if got := factsOf(t, c.msg).Integrity; got != c.want {
					t.Errorf("Integrity = %d, want %d", got, c.want)
				}
			})
		}
		// 56: where only the blank differs the two are near; where only the quoting does they are the same, and the one
		// whose sum fits stays.
		lost, quoted := strings.Replace(lf, "signed \n", "signed\n", 1), strings.Replace(lf, "\nFrom here", "\n>From here", 1)
		if got := compare(t, lf, lost); got.Kind != Near {
			t.Errorf("%s, blank lost: %v", name, got)
		}
		best, why := Keep([]Copy{{Facts: factsOf(t, quoted)}, {Facts: factsOf(t, lf)}}, ByPlace)
		if got := compare(t, lf, quoted); got.Kind != Same || best != 1 || why != "its signature fits" {
			t.Errorf("%s, quoted: %v; %d is kept: %s", name, got, best, why)
		}
	}
}

// What may be a signature is read without harm, whatever it is.
func FuzzSigned(f *testing.F) {
	f.Add("pgp-sha256", "-----BEGIN PGP SIGNATURE-----\n\niQEzBAABCAAdFiEE\n=AAAA\n-----END PGP SIGNATURE-----\n")
	f.Add("sha-256", "MIIGpwYJKoZIhvcNAQcCoIIGmDCCBpQCAQExDzANBglghkgBZQMEAgEFADALBgkqhkiG9w0BBwGg")
	f.Fuzz(func(t *testing.T, alg, signature string) {
		head := "Content-Type: multipart/signed; micalg=\"" + alg + "\"; boundary=x\n\n--x\n\ntext\n--x\nContent-Type: a/b\n\n"
		if _, err := Standard().Facts(strings.NewReader(head + signature + "\n--x--\n")); err != nil {
			t.Error(err)
		}
	})
}
