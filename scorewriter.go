package headstart

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/filelock"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// ScoreWriter writes predictions, one line each. Each line is one write, so that
// a reader sees it at once and a kill leaves at most one incomplete line. It is
// not safe for concurrent use.
type ScoreWriter struct {
	lines   lineFormat
	path    string // "" for a writer of the caller's
	w       io.Writer
	written *writtenScores
	removed bool // an incomplete last line
	begun   bool // the header is written

	finish func() error // makes what was written last
	close  func() error
}

// ScoreWriter returns a writer of predictions to w. It writes nothing before the
// first Write or Commit.
func (c *Classifier) ScoreWriter(w io.Writer, f ScoreFormat) (*ScoreWriter, error) {
	lines, err := c.lines(f, false)
	if err != nil {
		return nil, err
	}
	nothing := func() error { return nil }
	return &ScoreWriter{lines: lines, w: w, finish: nothing, close: nothing}, nil
}

// CreateScores returns a writer of predictions to the file at path, which
// appears with Commit. It replaces no file but an earlier one of scores. The
// caller closes it.
func (c *Classifier) CreateScores(path string, f ScoreFormat) (*ScoreWriter, error) {
	lines, err := c.lines(f, false)
	if err != nil {
		return nil, err
	}
	if err := checkReplaceable(ScoresFile, path); err != nil {
		return nil, err
	}
	file, err := atomicfile.Create(path, 0o666)
	if err != nil {
		return nil, &OutputError{"scores", path, err}
	}
	return &ScoreWriter{lines: lines, path: path, w: file, finish: file.Commit, close: file.Close}, nil
}

// AppendScores returns a writer of predictions to the end of the file at path,
// which an earlier run may have begun: see Written. It keeps other runs from the
// file until it is closed, and removes an incomplete last line. A file of another
// head or with other columns is a [*ResumeError]. The caller closes it.
//
// It does not write by way of a temporary file: what an interrupted run has done
// is there for the next one.
func (c *Classifier) AppendScores(ctx context.Context, path string, f ScoreFormat) (*ScoreWriter, error) {
	lines, err := c.lines(f, true)
	if err != nil {
		return nil, err
	}
	s, err := openAppended(ctx, path, lines)
	if err != nil {
		return nil, &OutputError{"scores", path, err}
	}
	s.begun = s.written.size > 0
	return s, nil
}

func openAppended(ctx context.Context, path string, lines lineFormat) (*ScoreWriter, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, err
	}
	s := &ScoreWriter{lines: lines, path: path, w: file, finish: file.Sync, close: file.Close}
	if err = filelock.Try(file); err == nil {
		err = s.resume(ctx, file)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return s, nil
}

// resume reads what an earlier run has written.
func (s *ScoreWriter) resume(ctx context.Context, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	s.written, err = s.lines.resume(io.NewSectionReader(stoppable{ctx, file}, 0, info.Size()))
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		return &ResumeError{err}
	case s.written.size == info.Size():
		return nil
	}
	s.removed = true
	return file.Truncate(s.written.size)
}

// stoppable is a file that cannot be read any more when ctx is done.
type stoppable struct {
	ctx context.Context
	io.ReaderAt
}

func (s stoppable) ReadAt(p []byte, offset int64) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	return s.ReaderAt.ReadAt(p, offset)
}

// Written tells whether an earlier run has written the image's line, and why it
// could not read the image, or "".
func (s *ScoreWriter) Written(path string) (unreadable string, written bool) {
	return s.written.find(path)
}

// RemovedLine tells whether AppendScores has removed an incomplete last line.
func (s *ScoreWriter) RemovedLine() bool { return s.removed }

// Write writes the line of one prediction.
func (s *ScoreWriter) Write(p Prediction) error {
	if p.Err == nil && len(p.Probabilities) == 0 {
		return fmt.Errorf("the prediction for %s has no probabilities", wording.Name(p.Path))
	}
	if err := s.begin(); err != nil {
		return err
	}
	return s.write(s.lines.line(p))
}

// begin writes the header, once.
func (s *ScoreWriter) begin() error {
	if s.begun {
		return nil
	}
	s.begun = true
	return s.write(s.lines.header())
}

func (s *ScoreWriter) write(line []byte) error {
	_, err := s.w.Write(line)
	return s.about(err)
}

// Commit ends the file once all is written. A file of CreateScores appears only
// now.
func (s *ScoreWriter) Commit() error {
	if err := s.begin(); err != nil {
		return err
	}
	return s.about(s.finish())
}

// Close gives up what is not committed.
func (s *ScoreWriter) Close() error { return s.close() }

func (s *ScoreWriter) about(err error) error {
	if err == nil || s.path == "" {
		return err
	}
	return &OutputError{"scores", s.path, err}
}
