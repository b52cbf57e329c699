package imageio

import (
	"context"

	"github.com/digitalinnovationone/headstart/extractor/imageio/internal/tiff"
)

// planTIFF decodes the first picture of a TIFF file, or the preview in a camera's
// raw file.
func (d *Decoder) planTIFF(data []byte, p Preprocessing) (plan, error) {
	directory, err := tiff.ReadDirectory(data)
	if err != nil {
		return plan{}, err
	}
	if kind, directories := cameraRaw(directory); kind != "" {
		return d.planRawTIFF(kind, directories, p)
	}
	read, err := tiff.NewPicture(directory, tiff.Limits{Size: d.Limits.check, Scans: d.Limits.checkScans})
	if err != nil {
		return plan{}, err
	}
	const planes = 3
	return plan{
		memory: read.Memory() + perPixel(read.Width, read.Height, planes),
		turn:   tiffOrientation(&directory),
		decode: func(ctx context.Context) (picture, error) {
			if err := read.Decode(ctx); err != nil {
				return picture{}, err
			}
			return tiffPicture{read}.colour(ctx)
		},
	}, nil
}

func tiffOrientation(directory *tiff.Directory) orientation {
	if directory.Count(tiff.Orientation) == 0 {
		return max(xmpOrientation(directory.Bytes(tiff.XMP)), upright)
	}
	return orientation(directory.Number(tiff.Orientation, 0))
}
