package download

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestFetchGoesThroughItsPhasesOnce(t *testing.T) {
	s := serve(t)
	f := wanted(t, s.URL)
	l := fetch(t, f)
	if want := []Phase{Connect, Receive, Verify, Done}; !slices.Equal(l.phases, want) {
		t.Errorf("phases %v, want %v", l.phases, want)
	}
	if err := Fetch(t.Context(), f, l.report); err != nil || s.whole != 1 {
		t.Errorf("what is there was asked for again (%d requests, error %v)", s.whole, err)
	}
}

func TestBrokenConnectionsAreTakenUpWhereTheyEnded(t *testing.T) {
	s := serve(t)
	s.cut = 1 << 20
	f := wanted(t, s.URL)
	l := fetch(t, f)
	if s.whole != 1 || s.partial != 2 {
		t.Errorf("%d requests for all and %d for a part, want 1 and 2", s.whole, s.partial)
	}
	l.noted(t, "the connection ended after 1048576 of 3145728 bytes: trying again in 1ms")
}

func TestTheNextProcessGoesOn(t *testing.T) {
	s := serve(t)
	f := wanted(t, s.URL)
	ctx, stop := context.WithCancel(t.Context())
	err := Fetch(ctx, f, func(p Progress) {
		if p.Bytes > 1<<20 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v", err)
	}
	holds(t, f, "net.onnx.part", "net.onnx.part.json")
	fetch(t, f)
	if s.whole != 1 || s.partial != 1 {
		t.Errorf("%d requests for all and %d for a part, want 1 and 1", s.whole, s.partial)
	}
}

// half leaves half of the file behind, as a stopped run does.
func half(t *testing.T, s *server) File {
	t.Helper()
	f := wanted(t, s.URL)
	ctx, stop := context.WithCancel(t.Context())
	_ = Fetch(ctx, f, func(p Progress) {
		if p.Bytes > 1<<20 {
			stop()
		}
	})
	holds(t, f, "net.onnx.part", "net.onnx.part.json")
	return f
}

func TestAServerWithoutRangesStartsOverAndItIsSaid(t *testing.T) {
	s := serve(t)
	f := half(t, s)
	s.ranges = false
	l := fetch(t, f)
	l.noted(t, "the server cannot continue after")
}

func TestAnotherVersionIsNotAppended(t *testing.T) {
	s := serve(t)
	f := half(t, s)
	s.etag = `"v2"`
	fetch(t, f)
}

func TestAPartialFileWithoutItsNoteIsNotTouched(t *testing.T) {
	s := serve(t)
	f := half(t, s)
	if err := os.Remove(f.Path + ".part.json"); err != nil {
		t.Fatal(err)
	}
	failsWith(t, Fetch(t.Context(), f, new(log).report), f.Path+".part was not written by headstart")
	holds(t, f, "net.onnx.part")
}

func TestADamagedPartialFileIsFoundOut(t *testing.T) {
	s := serve(t)
	f := half(t, s)
	damaged, err := os.OpenFile(f.Path+".part", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := damaged.WriteAt(make([]byte, 4096), 1000); err != nil {
		t.Fatal(err)
	}
	damaged.Close()
	failsWith(t, Fetch(t.Context(), f, new(log).report), "is not installed")
	holds(t, f)
}

func TestAWrongDigestIsNotInstalled(t *testing.T) {
	s := serve(t)
	f := wanted(t, s.URL)
	f.SHA256, f.Replace = strings.Repeat("0", 64), true
	if err := os.MkdirAll(filepath.Dir(f.Path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(f.Path, []byte("an older one"), 0o666); err != nil {
		t.Fatal(err)
	}
	err := Fetch(t.Context(), f, new(log).report)
	failsWith(t, err, f.Path, f.SHA256, sum(content))
	if !errors.As(err, new(*DigestError)) {
		t.Errorf("%T is no DigestError", err)
	}
	holds(t, f, "net.onnx")
	if got, _ := os.ReadFile(f.Path); string(got) != "an older one" {
		t.Error("the file that was there is another one now")
	}
}

func TestAFileOfAnotherSizeIsNotEvenDownloaded(t *testing.T) {
	s := serve(t)
	f := wanted(t, s.URL)
	f.Size--
	failsWith(t, Fetch(t.Context(), f, new(log).report), s.URL, "3145728 bytes, not 3145727: not the expected file")
	holds(t, f)
}

func TestTruncationWithoutALengthIsNoticed(t *testing.T) {
	keepShort(t)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush() // so that no Content-Length is sent
		w.Write(content[:1000])
	}))
	defer s.Close()
	f := wanted(t, s.URL)
	failsWith(t, Fetch(t.Context(), f, new(log).report), "the connection ended after 1000 of 3145728 bytes", "5 tries")
}

func TestASizeThatIsNotKnownIsTakenFromTheServer(t *testing.T) {
	s := serve(t)
	s.cut = 2 << 20
	f := wanted(t, s.URL)
	f.Size = 0
	fetch(t, f)
}

func TestAServerThatNeverGetsFurtherIsGivenUp(t *testing.T) {
	keepShort(t)
	asked := 0
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Content-Length", "3145728")
		w.Write(content[:1000*(1+asked%2)]) // from the beginning, each second time more
	}))
	defer s.Close()
	ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
	defer stop()
	failsWith(t, Fetch(ctx, wanted(t, s.URL), new(log).report), "of 3145728 bytes", "5 tries")
	if asked > 2*attempts {
		t.Errorf("asked %d times", asked)
	}
}

func TestAPasswordInAnAddressIsNotShown(t *testing.T) {
	s := serve(t)
	s.cut = 1 << 20
	f := wanted(t, s.URL)
	with := func(url string) string { return strings.Replace(url, "://", "://me:secret@", 1) }
	f.URLs = []string{with(nobody(t)), with(s.URL)}
	var l log
	ctx, stop := context.WithCancel(t.Context())
	err := Fetch(ctx, f, func(p Progress) {
		l.report(p)
		l.notes = append(l.notes, p.URL)
		if p.Bytes > 0 {
			stop()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	note, err := os.ReadFile(f.Path + ".part.json")
	if err != nil {
		t.Fatal(err)
	}
	f.URLs = f.URLs[:1]
	text := strings.Join(append(l.notes, string(note), Fetch(t.Context(), f, l.report).Error()), "\n")
	if !strings.Contains(text, "//me:xxxxx@") || strings.Contains(text, "secret") {
		t.Errorf("said was\n%s", text)
	}
}

func TestABusyServerIsAskedAgainAndAMissingFileIsNot(t *testing.T) {
	for status, want := range map[int]int{http.StatusServiceUnavailable: attempts, http.StatusNotFound: 1, http.StatusForbidden: 1} {
		keepShort(t)
		asked := 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked++
			w.WriteHeader(status)
		}))
		defer s.Close()
		f := wanted(t, s.URL)
		failsWith(t, Fetch(t.Context(), f, new(log).report), s.URL, "the server answers ", http.StatusText(status))
		if asked != want {
			t.Errorf("%d: asked %d times, want %d", status, asked, want)
		}
		holds(t, f)
	}
}

func TestRedirectsAreFollowed(t *testing.T) {
	s := serve(t)
	r := httptest.NewServer(http.RedirectHandler(s.URL+"/elsewhere", http.StatusFound))
	defer r.Close()
	f := wanted(t, r.URL)
	s.cut = 1 << 20 // Range and If-Range must survive the redirect
	fetch(t, f)
}

// nobody returns a URL where no server is.
func nobody(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String()
}

func TestOfflineIsSaidAtOnceAndTheNextAddressTried(t *testing.T) {
	s := serve(t)
	pause = time.Hour
	away := nobody(t)
	f := wanted(t, away)
	err := Fetch(t.Context(), f, new(log).report)
	failsWith(t, err, "cannot reach "+away, "connection refused")
	if !errors.As(err, new(*UnreachableError)) {
		t.Errorf("%T is no UnreachableError", err)
	}
	holds(t, f)
	f.URLs = append(f.URLs, s.URL)
	fetch(t, f)
}

func TestAProxysOwnCertificateIsExplained(t *testing.T) {
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // of the handshake
	s.StartTLS()
	defer s.Close()
	failsWith(t, Fetch(t.Context(), wanted(t, s.URL), new(log).report), s.URL, "unknown authority", trust(runtime.GOOS))
}

func TestASilentServerIsGivenUp(t *testing.T) {
	for name, first := range map[string]int{"before the answer": 0, "in the middle": 1000} {
		t.Run(name, func(t *testing.T) {
			keepShort(t)
			stall = 30 * time.Millisecond
			end := make(chan struct{})
			s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if first > 0 && r.Header.Get("Range") == "" {
					w.Header().Set("Content-Length", "3145728")
					w.Write(content[:first])
					w.(http.Flusher).Flush()
				}
				<-end
			}))
			defer s.Close()
			defer close(end)
			f := wanted(t, s.URL)
			failsWith(t, Fetch(t.Context(), f, new(log).report), s.URL, "for 30ms")
		})
	}
}

// fullDisk takes some bytes and no more.
type fullDisk struct {
	storage
	left int
}

func (d *fullDisk) Write(p []byte) (int, error) {
	if len(p) <= d.left {
		d.left -= len(p)
		return d.storage.Write(p)
	}
	n, _ := d.storage.Write(p[:d.left])
	d.left = 0
	return n, &os.PathError{Op: "write", Path: "…", Err: syscall.ENOSPC}
}

func TestAFullDiskIsSaidAndWhatCameIsKept(t *testing.T) {
	s := serve(t)
	f := wanted(t, s.URL)
	undo := withDisk(t, func(file storage) storage { return &fullDisk{file, 1 << 20} })
	failsWith(t, Fetch(t.Context(), f, new(log).report), f.Path+".part", "no space left on device", "2097152 more bytes are needed")
	undo()
	fetch(t, f)
	if s.whole != 1 || s.partial != 1 {
		t.Errorf("%d requests for all and %d for a part, want 1 and 1", s.whole, s.partial)
	}
}

func TestADiskTooSmallIsSaidBeforehand(t *testing.T) {
	s := serve(t)
	f := wanted(t, s.URL)
	f.Size = 1 << 60
	failsWith(t, Fetch(t.Context(), f, new(log).report), f.Path, "bytes are free", "1152921504606846976 more bytes are needed")
	if s.whole != 0 {
		t.Error("it was asked for all the same")
	}
}

// deafDisk fails when it is synced.
type deafDisk struct{ storage }

func (deafDisk) Sync() error { return syscall.EIO }

func TestNothingIsInstalledThatIsNotOnTheDisk(t *testing.T) {
	s := serve(t)
	f := wanted(t, s.URL)
	withDisk(t, func(file storage) storage { return deafDisk{file} })
	failsWith(t, Fetch(t.Context(), f, new(log).report), f.Path, "input/output error")
	if _, err := os.Stat(f.Path); err == nil {
		t.Error("it is installed")
	}
}

// lyingDisk changes a byte and says nothing: the digest is of what the disk holds.
type lyingDisk struct{ storage }

func (d lyingDisk) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	changed := slices.Clone(p)
	changed[0] ^= 1
	return d.storage.Write(changed)
}

func TestTheDigestIsOfWhatTheDiskHolds(t *testing.T) {
	s := serve(t)
	f := wanted(t, s.URL)
	withDisk(t, func(file storage) storage { return lyingDisk{file} })
	failsWith(t, Fetch(t.Context(), f, new(log).report), "is not installed")
	holds(t, f)
}

func TestTwoDoNotFetchTheSameFile(t *testing.T) {
	s := serve(t)
	f := wanted(t, s.URL)
	var other error
	err := Fetch(t.Context(), f, func(p Progress) {
		if p.Phase == Receive && other == nil {
			other = Fetch(t.Context(), f, new(log).report)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	failsWith(t, other, "another process is writing it")
	installed(t, f)
}

func TestCopyTakesTheRightFileOnly(t *testing.T) {
	f := wanted(t)
	from := filepath.Join(t.TempDir(), "brought")
	write := func(b []byte) {
		t.Helper()
		if err := os.WriteFile(from, b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	write(content[1:])
	failsWith(t, Copy(t.Context(), f, from, new(log).report), from, "3145727 bytes, not 3145728")
	write(append([]byte{content[0] ^ 1}, content[1:]...))
	failsWith(t, Copy(t.Context(), f, from, new(log).report), from, f.SHA256)
	failsWith(t, Check(t.Context(), f, from, new(log).report), from, f.SHA256)
	holds(t, f)
	write(content)
	if err := Check(t.Context(), f, from, new(log).report); err != nil {
		t.Error(err)
	}
	if err := Copy(t.Context(), f, from, new(log).report); err != nil {
		t.Fatal(err)
	}
	installed(t, f)
	failsWith(t, Copy(t.Context(), wanted(t), t.TempDir(), new(log).report), "not a regular file")
}
