//go:build !windows

package ort

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

func TestInterruptsArriveAfterALibraryTookThem(t *testing.T) {
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	if err := keepingSignals(func() error { ignoreInterrupts(); return nil }); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case <-interrupts:
	case <-time.After(10 * time.Second):
		t.Error("the interrupt got lost")
	}
}
