package main

import (
	"context"
	"errors"
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
