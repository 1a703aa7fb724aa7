package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// build says what this binary was made of.
type build struct {
	Kind    string `json:"kind"`
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Go      string `json:"go"`
	System  string `json:"system"`
	time    string // of the commit, RFC 3339; empty: unknown
}

// buildInfo gives what the linker was told, else what the Go tool noted while building.
func buildInfo() build {
	b := build{Kind: "version", Version: version, Commit: commit, Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		b.Version = cmp.Or(b.Version, info.Main.Version)
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				b.Commit = cmp.Or(b.Commit, s.Value[:min(12, len(s.Value))])
			case "vcs.time":
				b.time = s.Value
			}
		}
	}
	b.Version = cmp.Or(b.Version, "(devel)")
	b.Commit = cmp.Or(b.Commit, "unknown")
	return b
}

// String is the one line of `mailmv version`.
func (b build) String() string {
	return fmt.Sprintf("mailmv %s (commit %s, %s, %s)", b.Version, b.Commit, b.Go, b.System)
}

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print version, commit and Go version",
		Long:    "Print the version of mailmv, the commit it was built from, and the Go version that built it." + exitHelp(exitDone, exitUsage),
		Example: "  mailmv version",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if a.opts.json {
				return json.NewEncoder(a.stdout).Encode(buildInfo())
			}
			_, err := fmt.Fprintln(a.stdout, buildInfo())
			return outputError(err)
		},
	}
}
