package store

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// The test binary runs itself as a child that fills a store and says, after each
// commit, how far it has come.
func TestMain(m *testing.M) {
	if args := os.Getenv("HEADSTART_TEST_STORE"); args != "" {
		var f filler
		var dir string
		if _, err := fmt.Sscanf(args, "%d %d %d %q", &f.seed, &f.images, &f.batch, &dir); err != nil {
			panic(err)
		}
		if err := f.fill(dir, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A filler puts images in an order of its own, some of them unreadable.
type filler struct {
	seed          uint64
	images, batch int
}

func (f filler) order() []int { return rand.New(rand.NewPCG(f.seed, 0)).Perm(f.images) }

func undecodable(n int) bool { return n%10 == 9 }

func (f filler) fill(dir string, acknowledge io.Writer) error {
	root, err := OpenRoot(dir)
	if err != nil {
		return err
	}
	s, err := root.Open(testSpec)
	if err != nil {
		return err
	}
	files, err := root.HashCache()
	if err != nil {
		return err
	}
	thumbnails, err := openThumbnails(root)
	if err != nil {
		return err
	}
	for i, n := range f.order() {
		if undecodable(n) {
			s.PutUnreadable(testKey(n), "made so")
		} else {
			put(s, n, n+1)
			put(thumbnails, n, n+1)
		}
		files.Put(testFile(n), testKey(n), now)
		if (i+1)%f.batch != 0 && i+1 != f.images {
			continue
		}
		if err := s.Commit(); err != nil {
			return err
		}
		if err := thumbnails.Commit(); err != nil {
			return err
		}
		if err := files.Commit(); err != nil {
			return err
		}
		fmt.Fprintln(acknowledge, i+1)
	}
	return nil
}

// start runs the filler as a child; acknowledged waits for its end.
func (f filler) start(t *testing.T, dir string) (child *exec.Cmd, acknowledged func() int) {
	t.Helper()
	child = exec.Command(os.Args[0])
	child.Env = append(os.Environ(), fmt.Sprintf("HEADSTART_TEST_STORE=%d %d %d %q", f.seed, f.images, f.batch, dir))
	stderr := new(strings.Builder)
	child.Stderr = stderr
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	return child, func() (n int) {
		t.Helper()
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			if _, err := fmt.Sscan(lines.Text(), &n); err != nil {
				t.Fatalf("child says %q", lines.Text())
			}
		}
		if err := child.Wait(); err != nil && stderr.Len() > 0 {
			t.Fatalf("child: %v: %s", err, stderr)
		}
		return n
	}
}

// mustHave fails unless what the filler acknowledged is there.
func (f filler) mustHave(t *testing.T, dir string, acknowledged int) {
	t.Helper()
	s := open(t, dir)
	var images []int
	var ids []FileID
	for _, n := range f.order()[:acknowledged] {
		ids = append(ids, testFile(n))
		if undecodable(n) {
			mustBe(t, s, n, Unreadable)
		} else {
			images = append(images, n)
		}
	}
	mustHoldAll(t, s, images)
	thumbnails, err := openThumbnails(mustRoot(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	mustHoldAll(t, thumbnails, images)
	keys, err := openFiles(t, dir).Lookup(ids)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range f.order()[:acknowledged] {
		if keys[i] != testKey(n) {
			t.Fatalf("file %d was committed and is forgotten", n)
		}
	}
}

func TestKilledAtAnyMomentNothingCommittedIsLost(t *testing.T) {
	t.Parallel()
	var dir string
	random := rand.New(rand.NewPCG(3, 5))
	total := 0
	for round := range fromEnvironment(t, "HEADSTART_STORE_KILLS", 20) {
		if round%20 == 0 {
			dir = t.TempDir() // a full store has nothing left to commit
		}
		f := filler{seed: uint64(round), images: 5000, batch: 1 + random.IntN(40)}
		child, acknowledged := f.start(t, dir)
		time.Sleep(time.Duration(random.IntN(150)) * time.Millisecond)
		child.Process.Kill()
		n := acknowledged()
		total += n
		mustBeSound(t, dir)
		f.mustHave(t, dir, n)
	}
	if total == 0 {
		t.Error("nothing was ever committed")
	}
	t.Logf("%d images acknowledged in all", total)
}

func TestTwoProcessesFillOneStore(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var ends []func()
	for seed := range uint64(2) {
		f := filler{seed: seed, images: 1000, batch: 7}
		_, acknowledged := f.start(t, dir)
		ends = append(ends, func() {
			f.mustHave(t, dir, acknowledged())
		})
	}
	for _, end := range ends {
		end()
	}
	mustBeSound(t, dir)
	info, err := open(t, dir).Info()
	if err != nil || info.Rows != 900 || info.Unreadable != 100 {
		t.Errorf("info is %+v, %v, want 900 rows and 100 unreadable", info, err)
	}
}
