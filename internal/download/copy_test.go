package download

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// endless is a file that has no end, of which a reader has enough at last.
type endless struct{ enough func() }

func (e endless) Read(p []byte) (int, error) {
	e.enough()
	return len(p), nil
}

func TestACopyEndsWithItsContext(t *testing.T) {
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	read := 0
	source := endless{func() {
		if read++; read == 3 {
			cancel(enough)
		}
	}}
	if _, err := io.Copy(io.Discard, stoppable{ctx, source}); err != enough || read != 3 {
		t.Errorf("%v, after %d reads", err, read)
	}
	from := filepath.Join(t.TempDir(), "brought")
	if err := os.WriteFile(from, content, 0o666); err != nil {
		t.Fatal(err)
	}
	f := wanted(t)
	if err := Copy(ctx, f, from, new(log).report); err != enough {
		t.Error(err)
	}
	if _, err := os.Stat(f.Path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it was copied: %v", err)
	}
}
