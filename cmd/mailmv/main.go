// Command mailmv moves and archives mail: this package is its command line. It turns words into
// options, options into ends and a run, and events and reports into text. It is the only room that
// prints, exits or reads the environment.
package main

import "os"

// Set by the linker: -ldflags "-X main.version=v1.2.3 -X main.commit=abcdef".
var (
	version string
	commit  string
)

func main() {
	os.Exit(newApp(os.Args[1:]).main())
}
