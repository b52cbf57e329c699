package dataset

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"path/filepath"
	"strconv"

	"github.com/digitalinnovationone/headstart/internal/pathjson"
)

// WriteManifest writes samples as a manifest in JSON Lines. Paths are relative
// to folder, where the manifest will be. keys are the SHA-256 of the samples'
// bytes. Scanning the manifest gives the same samples.
func WriteManifest[Key ~[32]byte](w io.Writer, folder string, samples []Sample, keys []Key) error {
	files, err := newFiles()
	if err != nil {
		return err
	}
	folder = files.abs(folder)
	lines := json.NewEncoder(w)
	lines.SetEscapeHTML(false)
	for i, s := range samples {
		l := jsonLine{
			SHA256: hex.EncodeToString(keys[i][:]),
			Label:  pathjson.String(s.Label),
			Split:  string(s.Split),
			Group:  pathjson.String(s.Group),
		}
		if s.Weight != nil {
			l.Weight = strconv.AppendFloat(nil, *s.Weight, 'g', -1, 64)
		}
		if _, absent := s.from.(absent); !absent {
			path := files.abs(s.Path)
			if below, err := filepath.Rel(folder, path); err == nil {
				path = below // else it is on another drive
			}
			l.Path = pathjson.String(filepath.ToSlash(path))
		}
		if err := lines.Encode(l); err != nil {
			return err
		}
	}
	return nil
}
