package main

import (
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"
)

// completionCommand prints a shell's completions. They hold all that there is to
// complete: what the user has typed is never run.
func completionCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name: "completion", Usage: "print completions for bash, zsh or fish", ArgsUsage: "SHELL", Hidden: true,
		Description: description("", "source <(headstart completion bash)"),
		Action: func(c *cli.Context) error {
			app := c.App
			switch shell := c.Args().First(); {
			case c.NArg() != 1:
				return usagef("completion needs SHELL: bash, zsh or fish")
			case shell == "bash":
				return completions(t, bashCompletions, app)
			case shell == "zsh":
				return completions(t, zshCompletions, app)
			case shell == "fish":
				text, err := app.ToFishCompletion()
				if err == nil {
					_, err = fmt.Fprint(t.out, text)
				}
				return err
			default:
				return usagef("no completions for %s: choose bash, zsh or fish", shell)
			}
		},
	}
}

// manCommand prints the man page, made from the commands' own definition.
func manCommand(t *terminal) *cli.Command {
	return &cli.Command{
		Name: "man", Usage: "print the man page", Hidden: true,
		Action: func(c *cli.Context) error {
			if c.NArg() > 0 {
				return usagef("man takes no arguments")
			}
			page, err := c.App.ToManWithSection(1)
			if err == nil {
				_, err = fmt.Fprint(t.out, page)
			}
			return err
		},
	}
}

// completions writes a script with the cases of all commands: one that steps from a
// command to those below it, and one that says which words each takes.
func completions(t *terminal, script string, app *cli.App) error {
	var steps, words strings.Builder
	var walk func(path string, commands []*cli.Command, flags []cli.Flag)
	walk = func(path string, commands []*cli.Command, flags []cli.Flag) {
		var known []string
		for _, command := range commands {
			if !command.Hidden {
				known = append(known, command.Name)
				fmt.Fprintf(&steps, "    %q) at=%q ;;\n", path+" "+command.Name, path+" "+command.Name)
			}
		}
		for _, flag := range flags {
			for _, name := range flag.Names() {
				if len(name) == 1 {
					known = append(known, "-"+name)
				} else {
					known = append(known, "--"+name)
				}
			}
		}
		fmt.Fprintf(&words, "  %q) list=%q ;;\n", path, strings.Join(append(known, "--help"), " "))
		for _, command := range commands {
			if !command.Hidden {
				walk(path+" "+command.Name, command.Subcommands, command.Flags)
			}
		}
	}
	walk(app.Name, app.Commands, []cli.Flag{cli.VersionFlag})
	_, err := fmt.Fprint(t.out, strings.NewReplacer("STEPS\n", steps.String(), "WORDS\n", words.String()).Replace(script))
	return err
}

const bashCompletions = `# Completions of headstart for bash.
_headstart() {
  local at=headstart list= word cur=${COMP_WORDS[COMP_CWORD]}
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$at $word" in
STEPS
    esac
  done
  case $at in
WORDS
  esac
  # Options where one is begun, else commands; files where there are none of these.
  if [[ $cur != -* ]]; then list=" $list"; list=${list%% -*}; fi
  COMPREPLY=($(compgen -W "$list" -- "$cur"))
}
complete -o default -F _headstart headstart
`

const zshCompletions = `#compdef headstart
# Completions of headstart for zsh.
_headstart() {
  local at=headstart list= word
  for word in "${(@)words[2,CURRENT-1]}"; do
    case "$at $word" in
STEPS
    esac
  done
  case $at in
WORDS
  esac
  # Options where one is begun, else commands; files where there are none of these.
  if [[ ${words[CURRENT]} != -* ]]; then list=" $list"; list=${list%% -*}; fi
  if [[ -n ${list// /} ]]; then compadd -- ${=list}; else _files; fi
}
if [[ $funcstack[1] == _headstart ]]; then _headstart "$@"; else compdef _headstart headstart; fi
`
