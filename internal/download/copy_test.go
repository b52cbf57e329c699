package download

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestACopyEndsWithItsContext(t *testing.T) {
	enough := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(enough)
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
