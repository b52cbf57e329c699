// Command headstart turns a folder of labelled photos into a classifier: a frozen
// backbone makes an embedding of each image once, and a small head is trained
// on the embeddings.
package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v2"
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
	if errors.Is(err, context.Canceled) {
		err = &interruptedError{t.kept, err}
	}
	if err != nil {
		if usage, ok := errors.AsType[*usageError](err); ok {
			usage.command = commandIn(app, args[1:])
		}
		t.fail(err)
	}
	return exitStatus(err)
}

func newApp(t *terminal) *cli.App {
	app := &cli.App{
		Name:      "headstart",
		Usage:     "turn a folder of labelled photos into a classifier",
		UsageText: "headstart COMMAND ARGUMENTS... [OPTIONS]",
		Description: description(`
			Exit status: 0 done; 1 failed; 2 usage error; 3 done, but some images could
			not be read (each is listed with its reason); 4 a gate was not met (evaluate);
			130 interrupted (embeddings that were made are kept).`,
			"headstart train-head pets/ -o pets.onnx   # pets/ holds a folder per class",
			"headstart score pets.onnx holiday/"),
		Version:         longVersion(),
		HideHelpCommand: true,
		Writer:          t.out,
		ErrWriter:       t.err,
		OnUsageError:    onUsageError,
		ExitErrHandler:  func(*cli.Context, error) {}, // run prints and returns the status
		Commands: []*cli.Command{
			extractCommand(t),
			trainHeadCommand(t),
			evaluateCommand(t),
			scoreCommand(t),
			reportCommand(t),
			explainCommand(t),
			exportCommand(t),
			group("backbones", "download, add and inspect backbones",
				backbonesListCommand(t), backbonesPullCommand(t), backbonesAddCommand(t), backbonesInspectCommand(t)),
			group("store", "inspect, verify, export or drop stored embeddings",
				storeInfoCommand(t), storeVerifyCommand(t), storeExportCommand(t), storeDropCommand(t)),
			group("datasets", "check and split data sets, and download public ones",
				datasetsCheckCommand(t), datasetsSplitCommand(t), datasetsListCommand(t), datasetsFetchCommand(t)),
			workerCommand(t),
			doctorCommand(t),
			completionCommand(t),
			manCommand(t),
		},
	}
	prepare(app.Commands)
	return app
}

func group(name, usage string, commands ...*cli.Command) *cli.Command {
	return &cli.Command{Name: name, Usage: usage, ArgsUsage: "COMMAND ARGUMENTS...", Subcommands: commands}
}

// prepare sets what all commands have in common.
func prepare(commands []*cli.Command) {
	for _, command := range commands {
		command.HideHelpCommand = true
		command.OnUsageError = onUsageError
		categorize(command.Flags)
		for _, flag := range command.Flags {
			if yesOrNo, ok := flag.(*cli.BoolFlag); ok {
				yesOrNo.DisableDefaultText = true // all are off by default
			}
		}
		prepare(command.Subcommands)
	}
}
