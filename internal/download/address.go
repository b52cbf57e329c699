package download

import (
	"net/url"
	"strings"
)

// Shown returns an address as messages may show it: a password in it is for the
// server alone.
func Shown(address string) string {
	if parsed, err := url.Parse(address); err == nil && parsed.Host != "" {
		return parsed.Redacted()
	}
	if at := strings.LastIndex(address, "@"); at >= 0 { // it may be anywhere before
		return "xxxxx" + address[at:]
	}
	return address
}
