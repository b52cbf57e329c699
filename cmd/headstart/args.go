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
	if len(args) > 0 && firstArgument(args) == 0 && args[0] != "help" && app.Command(args[0]) == nil {
		return nil, unknownCommand(app.Commands, args[0])
	}
	at := slices.IndexFunc(args, func(a string) bool { return a == "help" || app.Command(a) != nil })
	if at < 0 {
		if at = firstArgument(args); at >= 0 {
			return nil, unknownCommand(app.Commands, args[at])
		}
		return slices.Concat(program, args), nil // flags of the program's own
	}
	name, args := args[at], slices.Delete(slices.Clone(args), at, at+1)
	if name == "help" {
		return slices.Concat(program, args, []string{"-h"}), nil
	}
	command, names, args, err := descend(app.Command(name), args)
	if err != nil {
		return nil, err
	}
	flags, rest, err := split(command, args)
	if err != nil {
		return nil, err
	}
	if slices.Contains(flags, "-h") || slices.Contains(flags, "--help") {
		return slices.Concat(program, names, []string{"-h"}), nil
	}
	return slices.Concat(program, names, flags, []string{"--"}, rest), nil
}

// descend goes from a command to the one among its own that args name, and
// returns that one, the names on the way and the rest of args.
func descend(command *cli.Command, args []string) (*cli.Command, []string, []string, error) {
	names := []string{command.Name}
	for len(command.Subcommands) > 0 {
		at := firstArgument(args)
		if at < 0 {
			if slices.Contains(args, "-h") || slices.Contains(args, "--help") {
				return command, names, args, nil
			}
			var known []string
			for _, c := range command.Subcommands {
				known = append(known, c.Name)
			}
			return nil, nil, nil, usagef("%s needs a command: %s", command.Name, strings.Join(known, ", "))
		}
		i := slices.IndexFunc(command.Subcommands, func(c *cli.Command) bool { return c.Name == args[at] })
		if i < 0 {
			return nil, nil, nil, unknownCommand(command.Subcommands, args[at])
		}
		command, args = command.Subcommands[i], slices.Delete(args, at, at+1)
		names = append(names, command.Name)
	}
	return command, names, args, nil
}

// firstArgument returns the index of the first of args that is no flag.
func firstArgument(args []string) int {
	return slices.IndexFunc(args, func(a string) bool { return !strings.HasPrefix(a, "-") })
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

func unknownCommand(commands []*cli.Command, name string) error {
	text := fmt.Sprintf("there is no command %q", name)
	for _, command := range commands {
		if alike(command.Name, name) && cli.SuggestCommand(commands, name) == fmt.Sprintf("Did you mean %q?", command.Name) {
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
