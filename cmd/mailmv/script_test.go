package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain makes this binary stand for mailmv too: the scripts run it in processes of its own.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mailmv": main})
}

// TestScript plays testdata/script: the command line as users type it, against servers in this process.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "../../testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("XDG_STATE_HOME", env.WorkDir+"/state")
			env.Setenv("XDG_CONFIG_HOME", env.WorkDir+"/config")
			env.Setenv("NO_COLOR", "1")
			env.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
			env.Setenv("PASSWORD", scriptPassword)
			env.Values[serversKey{}] = &servers{pops: map[string]*popRunning{}, imaps: map[string]*imapRunning{}}
			return os.WriteFile(env.WorkDir+"/password", []byte(scriptPassword+"\n"), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"popserver":   popServer,
			"imapserver":  imapServer,
			"newmail":     newMail,
			"fillmail":    fillMail,
			"renumber":    renumber,
			"reflag":      reflag,
			"flags":       flagsAre,
			"addas":       addAs,
			"holds":       holds,
			"left":        left,
			"code":        code,
			"mortal":      mortal,
			"cut":         cut,
			"jsonlines":   jsonLines,
			"lock":        lockJournal,
			"nosecret":    noSecret,
			"account":     account,
			"netrc":       netrc,
			"putmail":     putMail,
			"role":        tellRole,
			"samemail":    sameMail,
			"badcopy":     badCopy,
			"flip":        flip,
			"maildir":     plainMaildir,
			"lockarchive": lockArchive,
			"rot":         rotOne,
			"lose":        loseOne,
			"tree":        listTree,
			"listmail":    listMail,
			"dated":       setDate,
			"zoned":       setZone,
			"undo":        undoLast,
			"append":      appendTo,
			"alter":       alterWord,
			"cmpstart":    sameStart,
		},
		Condition: isSo,
	})
}
