package maildir

import "fmt"

// atLeast tells whether a kernel's release ("6.1.0-13-amd64") is that version or a later one.
func atLeast(release string, major, minor int) bool {
	var a, b int
	if n, _ := fmt.Sscanf(release, "%d.%d", &a, &b); n != 2 {
		return false
	}
	return a > major || a == major && b >= minor
}
