package main

import (
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// oddNames (odd-names FOLDER PHOTO) makes copies of a photo under names that
// are hard to write down.
func oddNames(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: odd-names FOLDER PHOTO")
	}
	folder := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(folder, 0o777))
	photo := []byte(ts.ReadFile(args[1]))
	for _, name := range []string{"=1+1.png", "-x.png", "'quoted.png", "two\r\nlines.png", "byte\xff.png"} {
		ts.Check(os.WriteFile(filepath.Join(folder, name), photo, 0o666))
	}
}

// chop (chop FILE BYTES) cuts bytes off the end of a file.
func chop(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: chop FILE BYTES")
	}
	n, err := strconv.ParseInt(args[1], 10, 64)
	ts.Check(err)
	path := ts.MkAbs(args[0])
	info, err := os.Stat(path)
	ts.Check(err)
	ts.Check(os.Truncate(path, info.Size()-n))
}

// longAgo is a time of change that makes a file's next reading worth remembering.
var longAgo = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)

// age (age FILES...) makes files as old as longAgo, and waits: the store does not
// remember a file whose entry in the folder changed a moment ago.
func age(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: age FILES...")
	}
	for _, path := range args {
		ts.Check(os.Chtimes(ts.MkAbs(path), longAgo, longAgo))
	}
	time.Sleep(50 * time.Millisecond)
}

// flip (flip PATTERN OFFSET) flips a bit in a file; a negative OFFSET counts from
// its end.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: flip PATTERN OFFSET")
	}
	files, err := filepath.Glob(ts.MkAbs(args[0]))
	ts.Check(err)
	at, err := strconv.Atoi(args[1])
	ts.Check(err)
	if len(files) != 1 {
		ts.Fatalf("%d files match %s", len(files), args[0])
	}
	content, err := os.ReadFile(files[0])
	ts.Check(err)
	if at < 0 {
		at += len(content)
	}
	content[at] ^= 4
	file, err := os.OpenFile(files[0], os.O_WRONLY, 0)
	ts.Check(err)
	_, err = file.WriteAt(content[at:at+1], int64(at))
	ts.Check(err)
	ts.Check(file.Close())
}
