package download

import (
	"fmt"
	"net/url"
)

// OnMirror returns the address of a file on a mirror: the mirror replaces scheme
// and host of address, and the path stays.
func OnMirror(mirror, address string) (string, error) {
	base, err := url.Parse(mirror)
	if err != nil || base.Host == "" || base.Scheme != "http" && base.Scheme != "https" {
		return "", fmt.Errorf("mirror %q is not an address such as https://mirror.example", Shown(mirror))
	}
	original, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	moved := base.JoinPath(original.EscapedPath())
	moved.RawQuery = original.RawQuery
	return moved.String(), nil
}
