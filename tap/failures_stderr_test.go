package tap_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// When a server sends more than it announced, net/http logs what there is too much: rows, with names and phone numbers. The
// program, as it is built, writes nothing to stderr but its own log.
func TestNothingElseWritesToStderr(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go answerTooMuch(conn)
		}
	}()
	program := filepath.Join(t.TempDir(), "tap-zendesk-talk.exe")
	if out, err := exec.Command("go", "build", "-o", program, "..").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	config := write(t, "config.json", fmt.Sprintf(`{"api_url":"http://%s","access_token":"some-token"}`,
		listener.Addr()))
	var stderr strings.Builder
	cmd := exec.Command(program, "--config", config)
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Errorf("the run failed: %v", err)
	}
	for line := range strings.Lines(stderr.String()) {
		if !regexp.MustCompile(`^(INFO|WARNING) `).MatchString(line) || strings.Contains(line, "Jane Doe") {
			t.Errorf("stderr holds the line %q", line)
		}
	}
}

// answerTooMuch gives each request a whole page, and behind it what no Content-Length announced.
func answerTooMuch(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	for {
		r, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		key := "calls"
		if strings.Contains(r.URL.Path, "legs") {
			key = "legs"
		}
		body := `{"` + key + `":[],"count":0,"end_time":null,"next_page":null}`
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			len(body), body)
		_, _ = io.WriteString(conn, `,{"agent":"Jane Doe"}`)
	}
}
