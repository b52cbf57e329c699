package main

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

func TestLongWorkIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var said bytes.Buffer
		stop := (&terminal{err: &said}).working("training a head of %d classes", 3)
		time.Sleep(25 * time.Second)
		stop()
		const want = "training a head of 3 classes: 10s so far\ntraining a head of 3 classes: 20s so far\n"
		if said.String() != want {
			t.Errorf("%q", said.String())
		}
	})
}
