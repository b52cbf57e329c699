package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/digitalinnovationone/headstart/internal/download"
)

// mirrorVariable names another host for all that is downloaded.
const mirrorVariable = "HEADSTART_MIRROR"

// source holds the options on where a download comes from.
type source struct{ url, from string }

func (s *source) flags(what string) []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "url", Usage: "download from `URL`, " + what, DefaultText: "as list --json tells; on the host $" + mirrorVariable + " if that is set", Destination: &s.url},
		&cli.StringFlag{Name: "from", Usage: "download nothing: take `FILE`, " + what, Destination: &s.from},
	}
}

func (s *source) check() error {
	address, err := url.Parse(s.url)
	switch {
	case s.url == "":
		return nil
	case s.from != "":
		return usagef("--url and --from exclude each other")
	case err != nil || address.Host == "" || address.Scheme != "http" && address.Scheme != "https":
		return usagef("--url %s: an address begins with https:// or http://", download.Shown(s.url))
	}
	return nil
}

// transferError is why something could not be brought, and the way on.
type transferError struct {
	cause  error
	source source
	what   string // for a user who brings it by hand
}

// transferred makes an error of a download one for the user, who may bring what
// by hand.
func (s source) transferred(err error, what string) error {
	switch {
	case errors.Is(err, context.Canceled) && s.from != "":
		return &interruptedError{"the same command starts over", err}
	case errors.Is(err, context.Canceled):
		return &interruptedError{"what has come is kept, and the same command goes on from there", err}
	}
	return &transferError{err, s, what}
}

// oneFile tells a user which file to bring by hand.
func oneFile(address, sha256 string) string { return fmt.Sprintf("%s (SHA-256 %s)", address, sha256) }

func (e *transferError) Error() string { return e.cause.Error() }
func (e *transferError) Unwrap() error { return e.cause }

func (e *transferError) hint() string {
	switch {
	case errors.As(e.cause, new(*download.UnreachableError)):
		return "go online and run the same command again; or name a host that can be reached by " + mirrorVariable + "=https://HOST or --url URL; or bring " + e.what + " by hand and give it with --from"
	case errors.As(e.cause, new(*download.BrokenError)):
		return "run the same command again: what has come is kept"
	case errors.As(e.cause, new(*download.WriteError)):
		return "make room on the disk and run the same command again: what has come is kept"
	case errors.As(e.cause, new(*download.DigestError)) && e.source.from != "":
		return "what is wanted is " + e.what
	case errors.As(e.cause, new(*download.DigestError)):
		return "run the same command again; if that does not help, the file there is another one now: bring " + e.what + " from elsewhere with --url or --from"
	}
	return ""
}

// onMirror returns the address on the mirror that the environment names, if it
// names one.
func onMirror(address string) (string, error) {
	mirror := os.Getenv(mirrorVariable)
	if mirror == "" {
		return address, nil
	}
	moved, err := download.OnMirror(mirror, address)
	if err != nil {
		return "", fmt.Errorf("%s: %w", mirrorVariable, err)
	}
	return moved, nil
}
