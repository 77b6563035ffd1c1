package talk

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// endless is a body that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestReadAll(t *testing.T) {
	t.Parallel()
	body := bytes.Repeat([]byte("0123456789"), 100_000)
	for _, length := range []int{-1, 0, 10, len(body), len(body) + 1} { // as announced, rightly or not
		got, err := readAll(nil, bytes.NewReader(body), length, len(body))
		if err != nil || !bytes.Equal(got, body) {
			t.Errorf("announced %d: got %d bytes and error %v, want all %d", length, len(got), err, len(body))
		}
		again, err := readAll(got, strings.NewReader("short"), 5, len(body))
		if err != nil || string(again) != "short" || &again[0] != &got[0] {
			t.Errorf("announced %d: the buffer is not used again (error %v)", length, err)
		}
	}
	if _, err := readAll(nil, bytes.NewReader(body), -1, len(body)-1); !errors.Is(err, errTooLarge) {
		t.Errorf("a body that is one byte too long: error %v, want %v", err, errTooLarge)
	}
	if got, err := readAll(nil, endless{}, -1, 1<<20); !errors.Is(err, errTooLarge) || len(got) > 2<<20 {
		t.Errorf("an endless body: error %v after %d bytes, want %v after little more than 1 MiB", err, len(got),
			errTooLarge)
	}
	if got, err := readAll(nil, io.MultiReader(bytes.NewReader(body), &failing{}), -1, 1<<30); !errors.Is(err,
		io.ErrUnexpectedEOF) || len(got) != len(body) {
		t.Errorf("a body cut short: error %v after %d bytes, want %v after %d", err, len(got), io.ErrUnexpectedEOF,
			len(body))
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// zip returns text as a gzip file that says it is said long unzipped.
func zip(t *testing.T, text []byte, said int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	binary.LittleEndian.PutUint32(b.Bytes()[b.Len()-4:], uint32(said)) //nolint:gosec // tests set it
	return b.Bytes()
}

func zippedAnswer(body []byte, length int) *http.Response {
	return &http.Response{Header: http.Header{"Content-Encoding": {"gzip"}}, Body: io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(length)}
}

// TestBodyReader: zipped pages come out whole, in one buffer that a slightly longer one fits in too, whether their
// length was announced or not.
func TestBodyReader(t *testing.T) {
	t.Parallel()
	text := bytes.Repeat([]byte("0123456789abcdef"), 100_000)
	for _, announced := range []bool{true, false} {
		var b bodyReader
		var first *byte
		for _, n := range []int{len(text) - 100_000, len(text), 16, len(text)} {
			zipped := zip(t, text[:n], n)
			length := -1
			if announced {
				length = len(zipped)
			}
			got, err := b.read(zippedAnswer(zipped, length), maxBody)
			if err != nil || !bytes.Equal(got, text[:n]) {
				t.Fatalf("got %d bytes and error %v, want %d", len(got), err, n)
			}
			if first == nil {
				first = &got[0]
			}
			if &got[0] != first {
				t.Errorf("a page of %d bytes took another buffer", n)
			}
		}
	}
	old := zippedAnswer(zip(t, text, len(text)), -1)
	old.Header.Set("Content-Encoding", "X-Gzip")
	if got, err := new(bodyReader).read(old, maxBody); err != nil || !bytes.Equal(got, text) {
		t.Errorf("x-gzip: got %d bytes and error %v, want %d", len(got), err, len(text))
	}
	if got, err := new(bodyReader).read(zippedAnswer(nil, 0), maxBody); err != nil || len(got) != 0 {
		t.Errorf("no body: got %d bytes and error %v", len(got), err)
	}
}

// TestBrokenZip: what a gzip file says of its length is no promise, a longer text than allowed is not unzipped, and a
// cut is seen.
func TestBrokenZip(t *testing.T) {
	t.Parallel()
	text := bytes.Repeat([]byte("0123456789"), 10_000)
	whole := zip(t, text, len(text))
	flipped := bytes.Clone(whole)
	flipped[len(flipped)-8] ^= 1 // of the checksum
	for name, test := range map[string]struct {
		body  []byte
		limit int
		want  error
	}{
		"whole":            {whole, len(text), nil},
		"two members":      {append(zip(t, text[:50_000], 50_000), zip(t, text[50_000:], 50_000)...), len(text), nil},
		"says less":        {zip(t, text, 10), len(text), gzip.ErrChecksum},
		"says 4 GiB":       {zip(t, text, -1), len(text), gzip.ErrChecksum},
		"too long":         {whole, len(text) - 1, errTooLarge},
		"flipped checksum": {flipped, len(text), gzip.ErrChecksum},
		"cut":              {whole[:len(whole)-9], len(text), io.ErrUnexpectedEOF},
		"cut in its head":  {whole[:5], len(text), io.ErrUnexpectedEOF},
		"cut in its name":  {[]byte("\x1f\x8b\b\b0000000name"), len(text), io.ErrUnexpectedEOF},
		"no gzip":          {text, len(text), gzip.ErrHeader},
	} {
		got, err := new(bodyReader).read(zippedAnswer(test.body, len(test.body)), test.limit)
		if !errors.Is(err, test.want) || err == nil && !bytes.Equal(got, text) {
			t.Errorf("%s: got %d bytes and error %v, want error %v", name, len(got), err, test.want)
		}
	}
	b := &bodyReader{}
	noise := make([]byte, 20_000)
	if _, err := rand.NewChaCha8([32]byte{}).Read(noise); err != nil {
		t.Fatal(err)
	}
	part := append(zip(t, noise, len(noise))[:5000], 0, 0, 64, 0) // would be the length, 4 MiB, had all of it come
	broken := zippedAnswer(nil, -1)
	broken.Body = io.NopCloser(io.MultiReader(bytes.NewReader(part), &failing{}))
	if _, err := b.read(broken, maxBody); !errors.Is(err, io.ErrUnexpectedEOF) || cap(b.unzipped) > 1<<20 {
		t.Errorf("got error %v and a buffer of %d bytes for a part of a body", err, cap(b.unzipped))
	}
	b = &bodyReader{}
	if _, err := b.read(zippedAnswer(zip(t, text, len(whole)*1000), -1), 1000); err == nil || cap(b.unzipped) > 5000 {
		t.Errorf("got error %v and a buffer of %d bytes for at most 1000", err, cap(b.unzipped))
	}
	// -1 says 4 GiB less one, in the 32 bits that a length has.
	if n := unzippedLength(zip(t, text, -1)); n != -1 {
		t.Errorf("an impossible length is taken for %d", n)
	}
}

// FuzzUnzip: whatever comes as gzip is read, or refused, as the standard library would, but for two things that lose no
// text: klauspost/compress refuses reserved header bits, as RFC 1952 wants, and takes a further member that is cut
// within its name for the end.
func FuzzUnzip(f *testing.F) {
	for _, seed := range []string{"", "0123456789", strings.Repeat("a page of rows ", 500)} {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := io.WriteString(z, seed); err != nil {
			f.Fatal(err)
		}
		if err := z.Close(); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
		f.Add(append(b.Bytes(), b.Bytes()...))
	}
	f.Fuzz(func(t *testing.T, zipped []byte) {
		const limit = 1 << 20
		got, err := new(bodyReader).read(zippedAnswer(zipped, len(zipped)), limit)
		want, refused := reference(zipped, limit)
		cutInName := err == nil && errors.Is(refused, io.ErrUnexpectedEOF)
		reservedBits := refused == nil && errors.Is(err, gzip.ErrHeader)
		if err == nil && !bytes.Equal(got, want) || (err == nil) != (refused == nil) && !cutInName && !reservedBits {
			t.Errorf("got %d bytes and error %v, the standard library %d and %v", len(got), err, len(want), refused)
		}
	})
}

func reference(zipped []byte, limit int64) ([]byte, error) {
	if len(zipped) == 0 {
		return nil, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(zipped))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(z, limit+1))
	if err == nil && int64(len(text)) > limit {
		err = errTooLarge
	}
	return text, err
}

// TestForeignEncoding: who sends what was not asked for is told so, rather than that it is no JSON.
func TestForeignEncoding(t *testing.T) {
	t.Parallel()
	c := NewClient(Config{BaseURL: &url.URL{Scheme: "https", Host: "acme.zendesk.com"}})
	for encoding, want := range map[string]string{
		"br": "but a body in an encoding that was not asked for, br", "gzip, gzip": "but a body in an encoding " +
			"that was not asked for, gzip, gzip",
		"": "but not a JSON object", "identity": "but not a JSON object", "GZIP": "but not a JSON object",
	} {
		f := c.failure("calls", answer{
			answered: true, status: 200, header: http.Header{"Content-Encoding": {encoding}}, err: &bodyError{
				"but not a JSON object"},
		})
		if f.Message != want {
			t.Errorf("%q: got %q, want %q", encoding, f.Message, want)
		}
	}
}
