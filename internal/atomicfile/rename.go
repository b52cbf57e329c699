package atomicfile

import "time"

// patiently repeats a rename that fails for as long as others have the file open: on
// Windows an indexer or a virus scanner often has, for an instant. It gives up after
// limit, with the last error.
func patiently(rename func() error, passing func(error) bool, limit time.Duration) error {
	deadline := time.Now().Add(limit)
	for pause := time.Millisecond; ; pause = min(2*pause, 100*time.Millisecond) {
		err := rename()
		if err == nil || !passing(err) || time.Now().After(deadline) {
			return err
		}
		time.Sleep(pause)
	}
}
