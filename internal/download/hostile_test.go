package download

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// bad serves answers that a test writes itself.
func bad(t *testing.T, answer func(http.ResponseWriter, *http.Request)) File {
	t.Helper()
	keepShort(t)
	s := httptest.NewServer(http.HandlerFunc(answer))
	t.Cleanup(s.Close)
	return wanted(t, s.URL)
}

func TestAServerThatSendsMoreIsCutOff(t *testing.T) {
	var sent int
	f := bad(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush() // so that no Content-Length is sent
		for r.Context().Err() == nil {
			n, err := w.Write(content)
			if sent += n; err != nil {
				return
			}
		}
	})
	f.Size = 1000
	var most int64
	err := Fetch(t.Context(), f, func(p Progress) { most = max(most, p.Bytes) })
	failsWith(t, err, f.URLs[0], "it sends more than the 1000 bytes of "+f.Path)
	if most > 1000 {
		t.Errorf("%d bytes were kept", most)
	}
}

// trickle makes the slowest rate, and the time to measure it, short enough for
// a test.
func trickle(t *testing.T) {
	oldPeriod, oldRate := period, minRate
	period, minRate = 50*time.Millisecond, 1e9 // bytes/s
	t.Cleanup(func() { period, minRate = oldPeriod, oldRate })
}

func TestAServerThatTricklesIsGivenUp(t *testing.T) {
	for name, most := range map[string]int{"in one connection": len(content), "a byte a connection": 1} {
		t.Run(name, func(t *testing.T) {
			trickle(t)
			f := bad(t, func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("ETag", `"v1"`)
				at := 0
				if from, found := strings.CutPrefix(r.Header.Get("Range"), "bytes="); found {
					for _, digit := range strings.TrimSuffix(from, "-") {
						at = 10*at + int(digit-'0')
					}
					w.Header().Set("Content-Range", "bytes "+strings.TrimSuffix(from, "-")+"-3145727/3145728")
					w.WriteHeader(http.StatusPartialContent)
				}
				for range most {
					if _, err := w.Write(content[at : at+1]); err != nil || r.Context().Err() != nil {
						return
					}
					w.(http.Flusher).Flush()
					time.Sleep(time.Millisecond)
					at++
				}
				panic(http.ErrAbortHandler)
			})
			err := Fetch(t.Context(), f, new(log).report)
			failsWith(t, err, f.URLs[0], "too slow")
			if !errors.As(err, new(*BrokenError)) {
				t.Errorf("%T is not a BrokenError", err)
			}
			holds(t, f, "net.onnx.part", "net.onnx.part.json") // to go on from
			period = time.Minute
			f.URLs = []string{serve(t).URL}
			fetch(t, f)
		})
	}
}

func TestTheNextAddressIsTriedAfterASlowOne(t *testing.T) {
	trickle(t)
	f := bad(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = w.Write(content[:1])
			w.(http.Flusher).Flush()
			time.Sleep(time.Millisecond)
		}
	})
	minRate = 10_000 // which one byte in a millisecond does not reach
	f.URLs = append(f.URLs, serve(t).URL)
	fetch(t, f)
}

// TestForeignFilesAreLeftAlone has files of the user's under each name that a
// download uses.
func TestForeignFilesAreLeftAlone(t *testing.T) {
	s := serve(t)
	const mine = "the user's own"
	for _, end := range []string{"", ".part", ".part.json"} {
		for _, way := range []string{"fetch", "copy"} {
			f := wanted(t, s.URL)
			from := filepath.Join(t.TempDir(), "provided")
			for path, text := range map[string]string{f.Path + end: mine, from: string(content)} {
				if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			var err error
			if way == "fetch" {
				err = Fetch(t.Context(), f, new(log).report)
			} else {
				err = Copy(t.Context(), f, from, new(log).report)
			}
			if way == "fetch" || end == "" {
				failsWith(t, err, f.Path+end)
			} else if err != nil {
				t.Errorf("%s beside %q: %v", way, end, err)
			}
			if kept, err := os.ReadFile(f.Path + end); err != nil || string(kept) != mine {
				t.Errorf("after a %s, %q holds %q, %v", way, end, kept, err)
			}
			if err := os.Remove(f.Path + end); err != nil {
				t.Fatal(err)
			}
			if way == "fetch" {
				holds(t, f)
				fetch(t, f)
			}
		}
	}
	lock := filepath.Join(t.TempDir(), "x.lock")
	if err := os.WriteFile(lock, []byte(mine), 0o666); err != nil {
		t.Fatal(err)
	}
	_, err := Lock(lock)
	failsWith(t, err, lock+" was not written by headstart")
	if kept, err := os.ReadFile(lock); err != nil || string(kept) != mine {
		t.Errorf("the lock holds %q, %v", kept, err)
	}
}

func TestOnlyWhatMayBeReplacedIsReplaced(t *testing.T) {
	f := wanted(t, serve(t).URL)
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.Path, append([]byte{content[0] ^ 1}, content[1:]...), 0o666); err != nil {
		t.Fatal(err)
	}
	failsWith(t, Fetch(t.Context(), f, new(log).report), f.Path, "another file has this name")
	f.Replace = true
	fetch(t, f)
}
