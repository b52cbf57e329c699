package main

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/digitalinnovationone/headstart/internal/atomicfile"
	"github.com/digitalinnovationone/headstart/internal/filelock"
)

// scoreOutput is where lines go: standard output, a new file, or the end of an
// old one. Each line is one write, so that a reader sees it at once and a kill
// tears at most one.
type scoreOutput struct {
	path  string // "" for standard output
	w     io.Writer
	begun *begunScores

	finish func() error // makes what was written last, where all was
	close  func() error
}

// openOutput opens what the options ask for. The caller closes it, and commits
// it before that.
func (o *scoreOptions) openOutput(ctx context.Context, t *terminal, format scoreFormat) (*scoreOutput, error) {
	var out *scoreOutput
	var err error
	switch {
	case o.appendTo != "":
		out, err = openAppended(ctx, t, o.appendTo, format)
	case o.out != "":
		var file *atomicfile.File
		if file, err = atomicfile.Create(o.out, 0o666); err == nil {
			out = &scoreOutput{path: o.out, w: file, finish: file.Commit, close: file.Close}
		}
	default:
		nothing := func() error { return nil }
		out = &scoreOutput{w: t.out, finish: nothing, close: nothing}
	}
	if err != nil {
		return nil, &outputError{"scores", o.out + o.appendTo, err} // one of them is empty
	}
	return out, nil
}

// openAppended opens a file that an earlier run may have begun, keeps other runs
// from it until it is closed, and cuts off what that run left of a line. It is
// not written by way of a temporary file: what a stopped run has done is to be
// there for the next.
func openAppended(ctx context.Context, t *terminal, path string, format scoreFormat) (*scoreOutput, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return nil, err
	}
	err = filelock.Try(file)
	var begun *begunScores
	if err == nil {
		begun, err = resumeFile(ctx, t, file, format)
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return &scoreOutput{path: path, w: file, begun: begun, finish: file.Sync, close: file.Close}, nil
}

func resumeFile(ctx context.Context, t *terminal, file *os.File, format scoreFormat) (*begunScores, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	begun, err := format.resume(io.NewSectionReader(stoppable{ctx, file}, 0, info.Size()))
	if err != nil || begun.size == info.Size() {
		return begun, err
	}
	t.note("note: the last line of %s was torn and is taken away", printable(file.Name()))
	return begun, file.Truncate(begun.size)
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

// begin writes the header, unless an earlier run has.
func (o *scoreOutput) begin(format scoreFormat) error {
	if o.begun != nil && o.begun.size > 0 {
		return nil
	}
	return o.line(format.header())
}

// line writes a whole line.
func (o *scoreOutput) line(line []byte) error {
	_, err := o.w.Write(line)
	return o.about(err)
}

// commit ends the output. Where not all was written, a new file is not made.
func (o *scoreOutput) commit(all bool) error {
	if !all {
		return nil
	}
	return o.about(o.finish())
}

func (o *scoreOutput) about(err error) error {
	if err == nil || o.path == "" {
		return err
	}
	return &outputError{"scores", o.path, err}
}
