package talk

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// errTooLarge is the error of a body beyond its bound.
var errTooLarge = errors.New("larger than this program reads")

// bodyReader reads bodies whole, and unzips them, into buffers that the next body uses again. It does not leave the
// unzipping to net/http: the end of a zipped body tells how long it is unzipped, so that one buffer of that length
// does, where one that grows would leave garbage behind.
type bodyReader struct {
	received []byte
	unzipped []byte
	unzip    gzip.Reader
}

// read reads the body of resp, at most limit bytes of it. It may return less, and what is wrong. What it returns is
// valid until the next call.
func (b *bodyReader) read(resp *http.Response, limit int) ([]byte, error) {
	var err error
	b.received, err = readAll(b.received, resp.Body, int(resp.ContentLength), limit)
	if len(b.received) == 0 || !isGzip(resp.Header.Get("Content-Encoding")) {
		return b.received, err
	}
	broken := b.unzip.Reset(bytes.NewReader(b.received))
	b.unzipped = b.unzipped[:0]
	switch {
	case broken == nil:
		length := -1
		if err == nil { // else the last bytes may be any
			length = unzippedLength(b.received)
		}
		b.unzipped, broken = readAll(b.unzipped, &b.unzip, length, limit)
	case errors.Is(broken, io.EOF): // the header of gzip is cut short
		broken = io.ErrUnexpectedEOF
	}
	return b.unzipped, cmp.Or(err, broken) // if there is err, broken only follows from it
}

// isGzip knows the name of gzip, and its old one (RFC 9110, 8.4.1.3).
func isGzip(encoding string) bool {
	return strings.EqualFold(encoding, "gzip") || strings.EqualFold(encoding, "x-gzip")
}

// unzippedLength is how long a gzip file says it is unzipped, in its last four bytes (RFC 1952, 2.3.1), or -1 if that
// can't be.
func unzippedLength(zipped []byte) int {
	const most = 1032 // to which deflate stretches a byte
	if len(zipped) < 4 {
		return -1
	}
	n := int64(binary.LittleEndian.Uint32(zipped[len(zipped)-4:]))
	if n > int64(len(zipped))*most {
		return -1
	}
	return int(n)
}

// readAll reads r to its end into buf, which it makes larger as needed: first to the announced length, if that is known
// (else -1), and an eighth, so that the slightly longer pages that follow fit too.
func readAll(buf []byte, r io.Reader, length, limit int) ([]byte, error) {
	buf, length = buf[:0], min(length, limit)
	if cap(buf) <= length {
		buf = make([]byte, 0, length+length/8+1) // one more, so that the end shows without growing
	}
	for {
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, min(max(len(buf), firstBuffer), limit+1-len(buf)))
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		switch {
		case len(buf) > limit:
			return buf, errTooLarge
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return buf, err
		}
	}
}
