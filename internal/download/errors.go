package download

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"runtime"
)

// UnreachableError says that a server gave no answer: the machine is offline,
// or the network does not allow it.
type UnreachableError struct {
	URL   string
	Cause error
}

func (e *UnreachableError) Error() string {
	cause := e.Cause
	if wrapped, ok := errors.AsType[*url.Error](cause); ok {
		cause = wrapped.Err // which does not say the URL again
	}
	if _, unknown := errors.AsType[x509.UnknownAuthorityError](cause); unknown {
		cause = fmt.Errorf("%w; where a proxy signs with its own certificate, %s", cause, trust(runtime.GOOS))
	}
	return fmt.Sprintf("cannot reach %s: %v", e.URL, cause)
}

// trust tells how a user makes a Go program trust a certificate.
func trust(system string) string {
	if system == "darwin" || system == "windows" { // where crypto/x509 asks the system alone
		return "add that to those the system trusts"
	}
	return "SSL_CERT_FILE=FILE names that"
}

// Unwrap returns the network's error.
func (e *UnreachableError) Unwrap() error { return e.Cause }

// DigestError says that a file is not the one that is wanted.
type DigestError struct {
	Path      string // where the wanted file belongs, or the file brought in its place
	Got, Want string // SHA-256 in hexadecimal
}

func (e *DigestError) Error() string {
	return fmt.Sprintf("%s: what came is damaged or another file, and is not installed: its SHA-256 is %s, not %s", e.Path, e.Got, e.Want)
}

// WriteError says that the disk did not take the file.
type WriteError struct {
	Path    string // of the partial file
	Missing int64  // bytes still to be written, 0 where that is not known
	Cause   error
}

func (e *WriteError) Error() string {
	text := fmt.Sprintf("cannot write %s: %v", e.Path, withoutPath(e.Cause))
	if e.Missing > 0 {
		text += fmt.Sprintf("; %d bytes more are needed", e.Missing)
	}
	return text
}

// Unwrap returns the system's error.
func (e *WriteError) Unwrap() error { return e.Cause }

// BrokenError says that a transfer failed in a way that another try may mend.
type BrokenError struct {
	URL   string
	Cause error
}

func (e *BrokenError) Error() string { return fmt.Sprintf("cannot fetch %s: %v", e.URL, e.Cause) }

// Unwrap returns what broke the transfer.
func (e *BrokenError) Unwrap() error { return e.Cause }

// withoutPath is an error without the path, which the caller says itself.
func withoutPath(err error) error {
	if named, ok := errors.AsType[*fs.PathError](err); ok {
		return named.Err
	}
	return err
}
