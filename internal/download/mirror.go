package download

import (
	"fmt"
	"net/url"
)

// OnMirror returns the address that a file at address has on a mirror: the
// mirror takes the place of scheme and host, and the path stays.
func OnMirror(mirror, address string) (string, error) {
	base, err := url.Parse(mirror)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return "", fmt.Errorf("mirror %q is no address such as https://mirror.example", Shown(mirror))
	}
	original, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	moved := base.JoinPath(original.EscapedPath())
	moved.RawQuery = original.RawQuery
	return moved.String(), nil
}
