package main

import "github.com/urfave/cli/v2"

func newApp(t *terminal) *cli.App {
	app := &cli.App{
		Name:      "headstart",
		Usage:     "turn a folder of labelled photos into a classifier",
		UsageText: "headstart COMMAND ARGUMENTS... [OPTIONS]",
		Description: description(`
			Exit status: 0 done; 1 failed; 2 wrong use; 3 done, but some images could not
			be read (each is listed with its reason); 4 a gate was not met (evaluate);
			130 interrupted (embeddings that were made are kept).`,
			"headstart train-head pets/ -o pets.onnx   # pets/ holds a folder per class",
			"headstart score pets.onnx holiday/"),
		Version:         version(),
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
			exportCommand(t),
			backbonesCommand(t),
			storeCommand(t),
			datasetsCommand(t),
			doctorCommand(t),
		},
	}
	prepare(app.Commands)
	return app
}

// prepare gives commands, and those within them, what all have in common.
func prepare(commands []*cli.Command) {
	for _, command := range commands {
		command.HideHelpCommand = true
		command.OnUsageError = onUsageError
		for _, flag := range command.Flags {
			if yesOrNo, ok := flag.(*cli.BoolFlag); ok {
				yesOrNo.DisableDefaultText = true // all are off unless given
			}
		}
		prepare(command.Subcommands)
	}
}
