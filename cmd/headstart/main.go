// Headstart turns a folder of labelled photos into a classifier: a frozen
// backbone makes an embedding of each image once, and a small head is trained
// on the embeddings.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	os.Exit(run(ctx, newTerminal(), os.Args))
}

// run carries out one command line and returns the exit status.
func run(ctx context.Context, t *terminal, args []string) int {
	app := newApp(t)
	ordered, err := flagsFirst(app, args)
	if err == nil {
		err = app.RunContext(ctx, ordered)
	}
	if errors.Is(err, context.Canceled) && !errors.As(err, new(*interruptedError)) {
		err = &interruptedError{"", err}
	}
	if err != nil {
		if usage, ok := errors.AsType[*usageError](err); ok {
			usage.command = commandIn(app, args[1:])
		}
		t.fail(err)
	}
	return exitStatus(err)
}
