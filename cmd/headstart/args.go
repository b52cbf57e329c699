package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// usageError is a command line that cannot be meant.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

func onUsageError(_ *cli.Context, err error, _ bool) error { return usagef("%v", err) }

// flagsFirst puts a command's flags before its arguments, where urfave/cli
// wants them, whichever way round the user wrote them. Arguments that begin
// with a dash come after "--".
func flagsFirst(app *cli.App, args []string) ([]string, error) {
	at := slices.IndexFunc(args[1:], func(a string) bool { return !strings.HasPrefix(a, "-") }) + 1
	if at == 0 { // no command
		return args, nil
	}
	if args[at] == "help" {
		return slices.Concat(args[:at], args[at+1:], []string{"-h"}), nil
	}
	command := app.Command(args[at])
	if command == nil {
		return nil, unknownCommand(app, args[at])
	}
	var flags, rest []string
	for i := at + 1; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			rest = append(rest, args[i+1:]...)
			i = len(args)
		case arg == "-" || !strings.HasPrefix(arg, "-"):
			rest = append(rest, arg)
		default:
			takesValue, err := flagTakesValue(command, arg)
			if err != nil {
				return nil, err
			}
			flags = append(flags, arg)
			if takesValue {
				if i++; i == len(args) {
					return nil, usagef("%s needs a value", arg)
				}
				flags = append(flags, args[i])
			}
		}
	}
	return slices.Concat(args[:at+1], flags, []string{"--"}, rest), nil
}

// flagTakesValue checks that the command has the flag, and tells whether the next
// argument is its value.
func flagTakesValue(command *cli.Command, arg string) (takesValue bool, err error) {
	name, _, withValue := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	if name == "h" || name == "help" {
		return false, nil
	}
	for _, flag := range command.Flags {
		if slices.Contains(flag.Names(), name) {
			documented, ok := flag.(cli.DocGenerationFlag)
			return ok && documented.TakesValue() && !withValue, nil
		}
	}
	text := fmt.Sprintf("%s has no option --%s", command.Name, name)
	if like := cli.SuggestFlag(command.Flags, name, false); like != "" {
		text += fmt.Sprintf("; did you mean %s?", like)
	}
	return false, &usageError{text}
}

func unknownCommand(app *cli.App, name string) error {
	text := fmt.Sprintf("there is no command %q", name)
	if suggestion := cli.SuggestCommand(app.Commands, name); suggestion != "" {
		text += "; " + strings.ToLower(suggestion[:1]) + suggestion[1:]
	}
	return &usageError{text}
}
