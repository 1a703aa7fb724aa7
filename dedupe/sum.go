package dedupe

import "encoding/base64"

// AppendText appends the sum in unpadded base64url, as journals and manifests have it.
func (s Sum) AppendText(b []byte) ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(b, s[:]), nil
}
