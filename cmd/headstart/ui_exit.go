package main

import (
	"context"
	"errors"
	"fmt"
	"github.com/digitalinnovationone/headstart/internal/wording"
)

// Exit statuses besides 0; newApp tells the user.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitUnreadable  = 3
	exitGate        = 4
	exitInterrupted = 130
)

func exitStatus(err error) int {
	var usage *usageError
	var unreadable *unreadableError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage):
		return exitUsage
	case errors.As(err, new(*gateError)):
		return exitGate
	case errors.As(err, &unreadable) && !unreadable.strict:
		return exitUnreadable
	default:
		return exitFailed
	}
}

// unreadableError says that the command is done, except for some images, which
// were listed.
type unreadableError struct {
	count   int
	strict  bool    // --strict
	reasons reasons // of some of them, one of each kind
}

func (e *unreadableError) Error() string {
	return wording.Count(e.count, "image", "images") + " could not be read, as listed above"
}

// gateError says that gates, which have been listed, were not met.
type gateError struct {
	failed, of int
	unreadable int // images
}

func (e *gateError) Error() string {
	text := fmt.Sprintf("gates not met: %d of %d, as listed above", e.failed, e.of)
	if e.unreadable > 0 {
		text += "; " + wording.Count(e.unreadable, "image", "images") + " could not be read"
	}
	return text
}

// interruptedError says that the user stopped a command, and what is kept.
type interruptedError struct {
	kept  string // "" where there is nothing to say
	cause error
}

func (e *interruptedError) Error() string {
	if e.kept == "" {
		return "interrupted"
	}
	return "interrupted: " + e.kept
}
func (e *interruptedError) Unwrap() error { return e.cause }
