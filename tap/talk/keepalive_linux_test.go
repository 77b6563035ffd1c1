package talk

import (
	"net"
	"syscall"
	"testing"
)

// A connection over HTTP/1.1 has no pings but those of TCP: they too notice within half a minute that nobody is there,
// and are not so dense that they would disturb anybody.
func TestConnectionsAreKeptAlive(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	transport := NewTransport(func(string) string { return "" })
	conn, err := transport.DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	option := func(level, name int) (value int) {
		var failed error
		if err := raw.Control(func(fd uintptr) {
			value, failed = syscall.GetsockoptInt(int(fd), level, name)
		}); err != nil || failed != nil {
			t.Fatal(err, failed)
		}
		return value
	}
	idle := option(syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE)
	interval := option(syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL)
	count := option(syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT)
	if option(syscall.SOL_SOCKET, syscall.SO_KEEPALIVE) == 0 || idle+count*interval > 28 || idle < 10 || interval < 3 {
		t.Errorf("got pings after %d s, %d of them every %d s; want less than half a minute in all", idle, count,
			interval)
	}
}
