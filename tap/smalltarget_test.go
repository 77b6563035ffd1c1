package tap_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// smallTarget is a Singer target as small as can be: it appends RECORD lines to the file rows, and prints the value
// of each STATE once the records before it are stored. The word behind its name changes how it ends or what it
// prints:
//
//	torn      a state without its end at the end, exit code 3
//	chatter   no state but what must not be taken for one
//	states    states only: no row is stored
//	dies      exit code 3 at the first record
//	stays     does not end at the end of its input
func smallTarget() {
	behaviour := strings.Join(os.Args[1:], " ")
	code, err := store(behaviour, os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "small-target:", err)
		code = 1
	}
	os.Exit(code)
}

func store(behaviour string, in io.Reader, out io.Writer) (code int, err error) {
	file, err := os.OpenFile("rows", os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	rows := bufio.NewWriter(file)
	if behaviour == "chatter" {
		_, err = io.WriteString(out, "{}\n{ }\n[{\"a\":1}]\n\"{\"\n7\n\nnull\n{no JSON}\n")
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 16<<20)
	for err == nil && lines.Scan() {
		state, ok := bytes.CutPrefix(lines.Bytes(), []byte(`{"type":"STATE","value":`))
		switch {
		case ok && behaviour != "chatter":
			if err = rows.Flush(); err == nil {
				_, err = fmt.Fprintf(out, "%s\n", bytes.TrimSuffix(state, []byte("}")))
			}
		case bytes.HasPrefix(lines.Bytes(), []byte(`{"type":"RECORD"`)):
			if behaviour == "dies" {
				return 3, nil
			}
			if behaviour != "states" {
				_, err = fmt.Fprintf(rows, "%s\n", lines.Bytes())
			}
		}
	}
	if err != nil || lines.Err() != nil {
		return 0, fmt.Errorf("%w, %w", err, lines.Err())
	}
	switch behaviour {
	case "torn":
		_, err = io.WriteString(out, `{"bookmarks":{"calls":{"end_time":8}`) // what a careless reader takes for whole
		return 3, err
	case "stays":
		fmt.Fprintln(os.Stderr, "small-target stays")
		<-time.After(patientTarget)
	}
	return 0, rows.Flush()
}

// patientTarget is how long a target that stays does so if nobody ends it: longer than a test, not for ever.
const patientTarget = 2 * time.Minute
