package store

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
)

func mustRepair(t *testing.T, dir string) Repair {
	t.Helper()
	r, err := mustRoot(t, dir).Repair(t.Context(), testSpec.Hash())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRepairDropsDamagedRowsOnly(t *testing.T) {
	dir := sample(t)
	s := open(t, dir)
	f, err := os.OpenFile(s.VectorsPath(), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []int64{0, 7, 269} {
		if _, err := f.WriteAt([]byte{0xff, 0xfe}, s.offset(row)+9); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := f.WriteAt([]byte("garbage"), s.offset(270)); err != nil {
		t.Fatal(err)
	}
	f.Close()

	r := mustRepair(t, dir)
	if r.Dropped != 3 || len(r.Problems) != 3 || len(r.Left) > 0 {
		t.Errorf("repair: %+v", r)
	}
	s = openSound(t, dir)
	if info, err := s.Info(); err != nil || info.Images != 267 || info.Rows < 270 {
		t.Errorf("after repair: %+v, %v", info, err)
	}
	for n := range 300 {
		if !undecodable(n) {
			put(s, n, n+1)
		}
	}
	mustCommit(t, s)
	if info, err := s.Info(); err != nil || info.Images != 270 || info.Rows != 273 {
		t.Errorf("after extracting again: %+v, %v", info, err)
	}
	if r := mustRepair(t, dir); len(r.Problems) > 0 || r.Dropped > 0 {
		t.Errorf("a second repair: %+v", r)
	}
}

func TestReadingEndsWithTheContext(t *testing.T) {
	dir := sample(t)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := open(t, dir).Rows(ended, []Key{testKey(0)}); !errors.Is(err, context.Canceled) {
		t.Errorf("rows: %v", err)
	}
	if _, err := mustRoot(t, dir).Verify(ended, testSpec.Hash()); !errors.Is(err, context.Canceled) {
		t.Errorf("verify: %v", err)
	}
}

func TestRepairOfTheMemo(t *testing.T) {
	t.Parallel()
	dir := sample(t)
	root := mustRoot(t, dir)
	if replaced, err := root.RepairHashCache(t.Context()); replaced || err != nil {
		t.Errorf("a sound memo: %v, %v", replaced, err)
	}
	path := root.hashCachePath()
	memo, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := range memo { // in every entry, behind its path
		if bytes.HasPrefix(memo[at:], []byte("/photos/")) {
			memo[at+20] ^= 1
		}
	}
	if err := os.WriteFile(path, memo, 0o666); err != nil {
		t.Fatal(err)
	}
	for n := range 300 {
		if key := lookupFile(t, openFiles(t, dir), testFile(n)); key != testKey(n) && key != (Key{}) {
			t.Errorf("file %d has key %v", n, key)
		}
	}
	if damage, err := root.VerifyHashCache(t.Context()); err != nil || damage == nil || !strings.Contains(damage.Error(), path) {
		t.Errorf("verify: %v, %v", damage, err)
	}
	if replaced, err := root.RepairHashCache(t.Context()); !replaced || err != nil {
		t.Errorf("a damaged memo: %v, %v", replaced, err)
	}
	if damage, err := root.VerifyHashCache(t.Context()); damage != nil || err != nil {
		t.Errorf("verify after repair: %v, %v", damage, err)
	}
}
