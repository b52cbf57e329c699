package main

import "github.com/urfave/cli/v2"

func storeCommand(t *terminal) *cli.Command { return &cli.Command{Name: "store"} }

type damagedStoreError struct{ error }
