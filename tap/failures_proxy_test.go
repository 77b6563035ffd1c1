//go:build unix

package tap_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// What a proxy does wrong is told like any failure of the network, without the proxy's password.
func testProxies(t *testing.T, program string) {
	const password = "proxy-password"
	for name, c := range map[string]struct{ answer, last string }{
		"nobody": {"", "CRITICAL calls: no answer from acme.zendesk.com: proxyconnect tcp: dial tcp ADDRESS: " +
			"connect: connection refused; check the network, and the proxy variables if there is a proxy"},
		"login": {"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", "CRITICAL calls: " +
			"no answer from acme.zendesk.com: the proxy refused to connect: 407 Proxy Authentication " +
			"Required; check the user and the password in HTTPS_PROXY; a wrong login is not tried again, " +
			"since that locks accounts"},
		"refused": {"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "CRITICAL calls: no answer from " +
			"acme.zendesk.com: the proxy refused to connect: 403 Forbidden; ask those who run the proxy to " +
			"let this machine reach Zendesk"},
		"echo": {"HTTP/1.1 407 somebody:" + password + "\r\nContent-Length: 0\r\n\r\n", "CRITICAL calls: no " +
			"answer from acme.zendesk.com: the proxy refused to connect: 407 Proxy Authentication " +
			"Required; check the user and the password in HTTPS_PROXY; a wrong login is not tried again, " +
			"since that locks accounts"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := proxy(t, c.answer)
			cmd := exec.Command(program, "--config", write(t, "config.json",
				`{"subdomain":"acme","access_token":"some-token","max_retry_seconds":0}`))
			cmd.Env = append(os.Environ(), "HTTPS_PROXY=http://somebody:"+password+"@"+address, "NO_PROXY=",
				"no_proxy=", "https_proxy=")
			p := startCmd(t, cmd)
			p.fails(t, strings.ReplaceAll(c.last, "ADDRESS", address))
			if strings.Contains(p.wholeLog(), password) {
				t.Errorf("stderr shows the proxy's password:\n%s", p.wholeLog())
			}
		})
	}
}

// proxy gives one answer to all that it is asked; if that is empty, nobody is there.
func proxy(t *testing.T, answer string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if answer == "" {
		_ = listener.Close()
		return listener.Addr().String()
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}
	}()
	return listener.Addr().String()
}
