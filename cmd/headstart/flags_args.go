package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
)

// usageError is an invalid command line.
type usageError struct {
	text    string
	command string // whose help tells more, as it is typed
}

func (e *usageError) Error() string { return e.text }

func usagef(format string, args ...any) error {
	return &usageError{text: fmt.Sprintf(format, args...)}
}

// commandIn returns the command that a command line names, as far as it names
// one.
func commandIn(app *cli.App, args []string) string {
	name, commands := app.Name, app.Commands
	for _, arg := range args {
		if i := slices.IndexFunc(commands, func(c *cli.Command) bool { return c.Name == arg }); i >= 0 {
			name, commands = name+" "+arg, commands[i].Subcommands
		}
	}
	return name
}

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
		return slices.Concat(program, args), checkOwnFlags(args)
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
	if slices.Contains(rest, "") {
		return nil, usagef("an argument is empty")
	}
	if slices.Contains(flags, "-h") || slices.Contains(flags, "--help") {
		return slices.Concat(program, names, []string{"-h"}), nil
	}
	return slices.Concat(program, names, flags, []string{"--"}, rest), nil
}

// checkOwnFlags refuses flags that the program itself does not have.
func checkOwnFlags(args []string) error {
	for _, arg := range args {
		if !slices.Contains([]string{"-h", "--help", "-v", "--version"}, arg) {
			return usagef("unknown option %s", arg)
		}
	}
	return nil
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

// firstArgument returns the index of the first of args that is not a flag.
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
			flag, err := flagNamed(command, arg)
			if err != nil {
				return nil, nil, err
			}
			flags = append(flags, arg)
			name, value, withValue := strings.Cut(arg, "=")
			if takesValue(flag) && !withValue {
				if i++; i == len(args) || args[i] == "" || strings.HasPrefix(args[i], "--") {
					return nil, nil, usagef("%s needs a value", arg)
				}
				value = args[i]
				flags = append(flags, value)
			}
			if withValue || takesValue(flag) {
				if err := checkValue(flag, name, value); err != nil {
					return nil, nil, err
				}
			}
		}
	}
	return flags, rest, nil
}

// flagNamed returns the command's flag that arg names.
func flagNamed(command *cli.Command, arg string) (cli.Flag, error) {
	name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
	if name == "h" || name == "help" {
		return cli.HelpFlag, nil
	}
	for _, flag := range command.Flags {
		if slices.Contains(flag.Names(), name) {
			return flag, nil
		}
	}
	text := fmt.Sprintf("%s has no option %s", command.Name, arg)
	if like := cli.SuggestFlag(command.Flags, name, false); alike(like, "--"+name) {
		text += fmt.Sprintf("; did you mean %s?", like)
	} else if _, err := os.Lstat(arg); err == nil {
		text += "; to name the file, put -- before it"
	}
	return nil, &usageError{text: text}
}

func takesValue(flag cli.Flag) bool {
	documented, ok := flag.(cli.DocGenerationFlag)
	return ok && documented.TakesValue()
}

// checkValue refuses invalid numbers, since the library's own messages are for
// programmers.
func checkValue(flag cli.Flag, name, value string) error {
	var err error
	var wanted string
	switch flag.(type) {
	case *cli.IntFlag, *cli.Int64Flag:
		wanted = "a whole number"
		_, err = strconv.ParseInt(value, 0, 64)
	case *cli.Uint64Flag:
		wanted = "a whole number, 0 or more"
		_, err = strconv.ParseUint(value, 0, 64)
	case *cli.BoolFlag:
		wanted = "true or false"
		_, err = strconv.ParseBool(value)
	case *cli.Float64Flag:
		wanted = "a number"
		_, err = strconv.ParseFloat(value, 64)
	}
	switch {
	case errors.Is(err, strconv.ErrRange):
		return usagef("%s %s: out of range", name, value)
	case err != nil:
		return usagef("%s %s: must be %s", name, value, wanted)
	}
	return nil
}

func unknownCommand(commands []*cli.Command, name string) error {
	text := fmt.Sprintf("unknown command %q", name)
	for _, command := range commands {
		if alike(command.Name, name) && cli.SuggestCommand(commands, name) == fmt.Sprintf("Did you mean %q?", command.Name) {
			text += fmt.Sprintf("; did you mean %q?", command.Name)
		}
	}
	return &usageError{text: text}
}

// alike keeps the library, which always finds a closest name, from suggesting
// one that has nothing in common with what was typed.
func alike(a, b string) bool {
	a, b = strings.TrimLeft(a, "-"), strings.TrimLeft(b, "-")
	return a != "" && b != "" && a[0] == b[0]
}
