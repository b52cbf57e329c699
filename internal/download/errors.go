package download

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"runtime"

	"github.com/digitalinnovationone/headstart/internal/patherr"
)

// UnreachableError means that no server answered: the machine is offline, or the
// network does not allow the connection.
type UnreachableError struct {
	URL   string
	Cause error
}

func (e *UnreachableError) Error() string {
	cause := e.Cause
	if wrapped, ok := errors.AsType[*url.Error](cause); ok {
		cause = wrapped.Err // which does not repeat the URL
	}
	if _, unknown := errors.AsType[x509.UnknownAuthorityError](cause); unknown {
		cause = fmt.Errorf("%w; if a proxy signs with its own certificate, %s", cause, trust(runtime.GOOS))
	}
	return fmt.Sprintf("cannot reach %s: %v", e.URL, cause)
}

// trust says how a user makes a Go program trust a certificate.
func trust(system string) string {
	if system == "darwin" || system == "windows" { // where crypto/x509 asks the system alone
		return "add that certificate to those the system trusts"
	}
	return "set SSL_CERT_FILE to its file"
}

// Unwrap returns the network's error.
func (e *UnreachableError) Unwrap() error { return e.Cause }

// DigestError means that a file is not the expected one.
type DigestError struct {
	Path      string // where the expected file belongs, or the file provided instead
	Got, Want string // SHA-256 in hexadecimal
}

func (e *DigestError) Error() string {
	return fmt.Sprintf("%s is not installed: the file is damaged or another one: its SHA-256 is %s, not %s", e.Path, e.Got, e.Want)
}

// WriteError means that the file could not be written.
type WriteError struct {
	Path    string // of the partial file
	Missing int64  // bytes not written yet, 0 if not known
	Cause   error
}

func (e *WriteError) Error() string {
	text := fmt.Sprintf("cannot write %s: %v", e.Path, patherr.Strip(e.Cause))
	if e.Missing > 0 {
		text += fmt.Sprintf("; %d more bytes are needed", e.Missing)
	}
	return text
}

// Unwrap returns the system's error.
func (e *WriteError) Unwrap() error { return e.Cause }

// BrokenError means that a transfer failed and another try may succeed.
type BrokenError struct {
	URL   string
	Cause error
}

func (e *BrokenError) Error() string { return fmt.Sprintf("cannot fetch %s: %v", e.URL, e.Cause) }

// Unwrap returns what broke the transfer.
func (e *BrokenError) Unwrap() error { return e.Cause }

// foreign is the error of a file with a name of ours that somebody else made.
func foreign(path string) error {
	return fmt.Errorf("%s was not written by headstart: rename or remove it", path)
}
