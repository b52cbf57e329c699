package download

import (
	"net/url"
	"strings"
)

// Shown returns an address for messages: without its password.
func Shown(address string) string {
	if parsed, err := url.Parse(address); err == nil && parsed.Host != "" {
		return parsed.Redacted()
	}
	if at := strings.LastIndex(address, "@"); at >= 0 { // it may be anywhere before
		return "xxxxx" + address[at:]
	}
	return address
}
