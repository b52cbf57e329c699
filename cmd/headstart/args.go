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

// flagsFirst puts the command before all flags and those before its arguments,
// where urfave/cli wants them, whichever way round the user wrote them.
// Arguments that begin with a dash come after "--".
func flagsFirst(app *cli.App, args []string) ([]string, error) {
	program, args := args[:1], args[1:]
	var path []string // the command's names: "store", "info"
	command := &cli.Command{Name: app.Name, Subcommands: app.Commands}
	for len(command.Subcommands) > 0 {
		at := slices.IndexFunc(args, func(a string) bool { return a == "help" || subcommand(command, a) != nil })
		if at < 0 {
			if at = slices.IndexFunc(args, func(a string) bool { return !strings.HasPrefix(a, "-") }); at >= 0 {
				return nil, unknownCommand(command, args[at])
			}
			return slices.Concat(program, path, args), nil // flags of the program's own
		}
		name := args[at]
		args = slices.Delete(slices.Clone(args), at, at+1)
		if name == "help" {
			return slices.Concat(program, path, args, []string{"-h"}), nil
		}
		command, path = subcommand(command, name), append(path, name)
	}
	flags, rest, err := split(command, args)
	if err != nil {
		return nil, err
	}
	if slices.Contains(flags, "-h") || slices.Contains(flags, "--help") {
		return slices.Concat(program, path, []string{"-h"}), nil
	}
	return slices.Concat(program, path, flags, []string{"--"}, rest), nil
}

// subcommand returns the command below parent with that name, or nil.
func subcommand(parent *cli.Command, name string) *cli.Command {
	for _, command := range parent.Subcommands {
		if command.HasName(name) {
			return command
		}
	}
	return nil
}

// split parts a command's flags, with their values, from its arguments.
func split(command *cli.Command, args []string) (flags, rest []string, err error) {
	for i := 0; i < len(args); i++ {
		arg := args[i]
		switch {
		case arg == "--":
			return flags, append(rest, args[i+1:]...), nil
		case arg == "-" || !strings.HasPrefix(arg, "-"):
			rest = append(rest, arg)
		default:
			takesValue, err := flagTakesValue(command, arg)
			if err != nil {
				return nil, nil, err
			}
			flags = append(flags, arg)
			if takesValue {
				if i++; i == len(args) || args[i] == "" || strings.HasPrefix(args[i], "--") {
					return nil, nil, usagef("%s needs a value", arg)
				}
				flags = append(flags, args[i])
			}
		}
	}
	return flags, rest, nil
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
	text := fmt.Sprintf("%s has no option %s", command.Name, arg)
	if like := cli.SuggestFlag(command.Flags, name, false); alike(like, "--"+name) {
		text += fmt.Sprintf("; did you mean %s?", like)
	}
	return false, &usageError{text}
}

func unknownCommand(parent *cli.Command, name string) error {
	text := fmt.Sprintf("there is no command %q", name)
	for _, command := range parent.Subcommands {
		if alike(command.Name, name) && cli.SuggestCommand(parent.Subcommands, name) == fmt.Sprintf("Did you mean %q?", command.Name) {
			text += fmt.Sprintf("; did you mean %q?", command.Name)
		}
	}
	return &usageError{text}
}

// alike keeps the library, which always finds something that is least
// different, from suggesting what nobody meant.
func alike(a, b string) bool {
	a, b = strings.TrimLeft(a, "-"), strings.TrimLeft(b, "-")
	return a != "" && b != "" && a[0] == b[0]
}
