package main

import "os"

// color is an SGR code (ECMA-48 §8.3.117).
type color string

const (
	red    color = "31"
	yellow color = "33"
	cyan   color = "36"
	bold   color = "1"
)

// stderrColor tells whether stderr gets colours: --color, else NO_COLOR and the terminal decide.
func (a *app) stderrColor() bool { return a.colored(a.tty != nil) }

func (a *app) colored(terminal bool) bool {
	switch a.opts.color {
	case "always":
		return true
	case "never":
		return false
	}
	return terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
}

func (a *app) paint(on bool, c color, s string) string {
	if !on {
		return s
	}
	return "\x1b[" + string(c) + "m" + s + "\x1b[0m"
}
