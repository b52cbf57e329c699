package atomicfile

import (
	"errors"
	"testing"
	"time"
)

func TestRenameWaitsForOthersToCloseTheFile(t *testing.T) {
	inUse, other := errors.New("in use"), errors.New("other")
	passing := func(err error) bool { return err == inUse }
	outcomes := []error{inUse, inUse, nil}
	next := func() error {
		err := outcomes[0]
		outcomes = outcomes[1:]
		return err
	}
	if err := patiently(next, passing, time.Hour); err != nil || len(outcomes) > 0 {
		t.Errorf("%v, with %d outcomes left", err, len(outcomes))
	}
	tries := 0
	if err := patiently(func() error { tries++; return other }, passing, time.Hour); err != other || tries != 1 {
		t.Errorf("an error that stays: %v after %d tries", err, tries)
	}
	if err := patiently(func() error { return inUse }, passing, 0); err != inUse {
		t.Errorf("when the time is over: %v", err)
	}
}
