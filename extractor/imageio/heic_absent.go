//go:build !heic

package imageio

import "errors"

func (d *Decoder) readHEIC([]byte, Preprocessing) (picture, error) {
	return picture{}, errors.New("this build has no decoder for it")
}
