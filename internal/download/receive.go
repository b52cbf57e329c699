package download

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Variables so that tests do not wait.
var (
	stall    = 30 * time.Second // without a byte, after which a connection is given up
	pause    = time.Second      // before the second try; it doubles before each further one
	attempts = 5                // in a row in which no byte comes
	period   = time.Minute      // over which the rate is averaged
	minRate  = 1000.0           // bytes/s; below that an address is given up
)

// client follows the proxy settings of the environment and takes bytes as they
// are: a .gz file must arrive as one.
var client = func() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableCompression = true
	return &http.Client{Transport: transport}
}()

var (
	errStalled = errors.New("stalled")
	errTooSlow = errors.New("too slow")
)

// receive fills the partial file from the first URL that works.
func (d *delivery) receive(ctx context.Context) error {
	var failure error
	for _, address := range d.URLs {
		err := d.receiveFrom(ctx, address)
		local := new(WriteError)
		switch {
		case err == nil || ctx.Err() != nil || errors.As(err, &local):
			return err
		case failure == nil:
			failure = err
		default:
			failure = fmt.Errorf("%w; %w", failure, err)
		}
	}
	return failure
}

// receiveFrom tries one URL, and tries again where that may help: after broken
// connections and the answers of a busy server.
func (d *delivery) receiveFrom(ctx context.Context, address string) error {
	request, err := http.NewRequest(http.MethodGet, address, nil)
	if err != nil {
		return fmt.Errorf("cannot fetch %s: not a valid address", Shown(address)) // err holds a password, too
	}
	request.Header.Set("User-Agent", "headstart")
	url := Shown(address)
	answered := false
	wait := pause
	furthest := d.part.size
	d.rate = rate{since: time.Now()}
	for attempt := 1; ; attempt++ {
		err := d.request(ctx, request, url)
		broken, unreachable := new(BrokenError), new(UnreachableError)
		switch {
		case err == nil || ctx.Err() != nil:
			return err
		case errors.Is(err, errTooSlow):
			return err
		case errors.As(err, &broken):
			answered = true
		case !errors.As(err, &unreachable) || !answered: // an offline machine fails at once
			return err
		}
		if d.part.size > furthest { // a server that starts over may never get there
			furthest, attempt, wait = d.part.size, 1, pause
		}
		if attempt == attempts {
			return fmt.Errorf("%w (after %d tries)", err, attempts)
		}
		d.say(Connect, url, fmt.Sprintf("%v: trying again in %v", err, wait))
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait):
		}
		wait *= 2
	}
}

// rate measures how fast one URL is, its broken connections and pauses included.
type rate struct {
	since time.Time
	bytes int64
}

// tooSlow counts bytes and returns an error if they come too slowly.
func (r *rate) tooSlow(n int, url string) error {
	r.bytes += int64(n)
	passed := time.Since(r.since)
	if passed < period {
		return nil
	}
	if float64(r.bytes) < minRate*passed.Seconds() {
		return &BrokenError{url, fmt.Errorf("%w: %d bytes in %v", errTooSlow, r.bytes, passed.Round(time.Millisecond))}
	}
	*r = rate{since: time.Now()}
	return nil
}

// request asks once for what is missing and takes what comes. url is that of the
// request, as messages show it.
func (d *delivery) request(ctx context.Context, request *http.Request, url string) error {
	if d.complete(url) {
		return nil
	}
	outer := ctx
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(stall, func() { cancel(errStalled) })
	defer watch.Stop()

	request = request.Clone(ctx)
	if d.part.size > 0 && d.part.source.URL == url && d.part.source.validator() != "" {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", d.part.size))
		request.Header.Set("If-Range", d.part.source.validator())
	}
	d.say(Connect, url, "")
	response, err := client.Do(request)
	if err != nil {
		if outer.Err() != nil {
			return outer.Err()
		}
		if errors.Is(context.Cause(ctx), errStalled) {
			err = fmt.Errorf("no answer for %v", stall)
		}
		return &UnreachableError{url, err}
	}
	defer response.Body.Close()
	total, err := d.accept(url, response)
	if err != nil {
		return err
	}
	err = d.take(ctx, response.Body, url, total, func() { watch.Reset(stall) })
	switch {
	case outer.Err() != nil:
		return outer.Err()
	case err != nil && errors.Is(context.Cause(ctx), errStalled):
		return &BrokenError{url, fmt.Errorf("no data for %v", stall)}
	}
	return err
}

// complete reports whether the partial file holds the whole file already.
func (d *delivery) complete(url string) bool {
	return d.Size > 0 && d.part.size == d.Size && d.part.source.URL == url
}

// accept prepares the partial file for a response's body. It returns the size of
// the whole file in bytes, 0 if it is not known.
func (d *delivery) accept(url string, response *http.Response) (total int64, err error) {
	switch status := response.StatusCode; {
	case status == http.StatusOK:
		total = max(0, response.ContentLength)
		if d.part.size > 0 {
			d.say(Receive, url, fmt.Sprintf("the server cannot continue after %d bytes: starting over", d.part.size))
		}
		header := response.Header
		if err := d.part.startOver(source{url, header.Get("ETag"), header.Get("Last-Modified")}); err != nil {
			return 0, d.writeError(err)
		}
	case status == http.StatusPartialContent:
		var first int64
		if first, total = contentRange(response.Header.Get("Content-Range")); first != d.part.size {
			return 0, fmt.Errorf("cannot fetch %s: asked for the bytes from %d on, the server sends %q", url, d.part.size, response.Header.Get("Content-Range"))
		}
	case status == http.StatusRequestedRangeNotSatisfiable: // the partial file is of another version
		if err := d.part.startOver(source{}); err != nil {
			return 0, d.writeError(err)
		}
		return 0, &BrokenError{url, errors.New("the file has changed on the server")}
	case status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500:
		return 0, &BrokenError{url, fmt.Errorf("the server answers %s", response.Status)}
	default:
		return 0, fmt.Errorf("cannot fetch %s: the server answers %s", url, response.Status)
	}
	if d.Size > 0 && total > 0 && total != d.Size {
		return 0, fmt.Errorf("cannot fetch %s: it has %d bytes, not %d: not the expected file", url, total, d.Size)
	}
	return max(total, d.Size), nil
}

// contentRange reads "bytes FIRST-LAST/TOTAL"; what it cannot read is -1 and 0.
func contentRange(header string) (first, total int64) {
	span, size, _ := strings.Cut(strings.TrimPrefix(header, "bytes "), "/")
	begin, _, _ := strings.Cut(span, "-")
	first, err := strconv.ParseInt(begin, 10, 64)
	if err != nil {
		first = -1
	}
	if total, err = strconv.ParseInt(size, 10, 64); err != nil {
		total = 0
	}
	return first, total
}

// take appends a body to the partial file. It calls alive whenever bytes come.
func (d *delivery) take(ctx context.Context, body io.Reader, url string, total int64, alive func()) error {
	buf := make([]byte, 256<<10)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := body.Read(buf)
		alive()
		if total > 0 && d.part.size+int64(n) > total {
			return fmt.Errorf("cannot fetch %s: it sends more than the %d bytes of %s", url, total, d.Path)
		}
		if _, err := d.part.Write(buf[:n]); err != nil {
			return d.writeError(err)
		}
		if slow := d.rate.tooSlow(n, url); slow != nil && err == nil {
			return slow
		}
		d.report(Progress{Phase: Receive, Path: d.Path, URL: url, Bytes: d.part.size, Total: total})
		switch {
		case err == io.EOF && d.part.size < total, errors.Is(err, io.ErrUnexpectedEOF):
			return &BrokenError{url, fmt.Errorf("the connection ended after %s", of(d.part.size, total))}
		case err == io.EOF:
			return nil
		case err != nil:
			return &BrokenError{url, err}
		}
	}
}

func of(bytes, total int64) string {
	if total == 0 {
		return fmt.Sprintf("%d bytes", bytes)
	}
	return fmt.Sprintf("%d of %d bytes", bytes, total)
}

func (d *delivery) say(phase Phase, url, note string) {
	d.report(Progress{Phase: phase, Path: d.Path, URL: url, Bytes: d.part.size, Total: d.Size, Note: note})
}

func (d *delivery) writeError(err error) error {
	return &WriteError{Path: d.part.path, Missing: max(0, d.Size-d.part.size), Cause: err}
}
