package talk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// The network dies in silence: a firewall forgets a connection, a machine is suspended, a server fails over. These
// times, together less than half a minute, bound how long that stays unnoticed. A slow server that is alive answers
// pings, and is waited for as long as a request may take.
const (
	quietTime   = 15 * time.Second // without a byte from the server, after which it is pinged
	pingTimeout = 10 * time.Second // for its answer
	idleTime    = 15 * time.Second // after which an unused connection is not trusted any more
)

// NewTransport returns the way to the real API: HTTP/1.1 or 2 with kept connections, through the proxy that getenv's
// HTTPS_PROXY and NO_PROXY name, if they do.
func NewTransport(getenv func(string) string) *http.Transport {
	dialer := net.Dialer{
		Timeout: 30 * time.Second,
		KeepAliveConfig: net.KeepAliveConfig{ // pings of TCP, which notice what HTTP/1.1 has no ping for
			Enable: true, Idle: quietTime, Interval: pingTimeout / 2, Count: 2,
		},
	}
	return &http.Transport{
		Proxy:                  proxies(getenv),
		DialContext:            dialer.DialContext,
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: quietTime, PingTimeout: pingTimeout},
		IdleConnTimeout:        idleTime,
		MaxResponseHeaderBytes: maxHeader,
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, resp *http.Response) error {
			if resp.StatusCode != http.StatusOK { // net/http's own error is the bare reason: "Forbidden"
				return &proxyError{resp.StatusCode}
			}
			return nil
		},
	}
}

// A proxyError is a proxy's refusal to connect.
type proxyError struct{ status int }

func (e *proxyError) Error() string { return "the proxy refused to connect: " + statusText(e.status) }

// errProxyVariable is the error of a variable of the environment that holds no usable URL. It doesn't say why, since
// any part of the URL may belong to the password.
var errProxyVariable = errors.New("holds no usable URL of a proxy")

// proxies is the Proxy function of a transport. Unlike net/http's own, it does not take a variable that can't be read
// for one that is not set: that would go past the proxy in silence. Only https leaves this machine, so that HTTP_PROXY
// has no say.
func proxies(getenv func(string) string) func(*http.Request) (*url.URL, error) {
	proxied := (&httpproxy.Config{
		HTTPSProxy: "stand-in", NoProxy: cmp.Or(getenv("NO_PROXY"), getenv("no_proxy")),
	}).ProxyFunc()
	return func(r *http.Request) (*url.URL, error) {
		name, value := proxyVariable(getenv)
		if u, err := proxied(r.URL); value == "" || u == nil || err != nil {
			return nil, err
		}
		u, ok := proxyURL(value)
		if !ok {
			return nil, fmt.Errorf("the environment variable %s %w", name, errProxyVariable)
		}
		return u, nil
	}
}

// proxyVariable returns the variable that names the proxy; "" if none does.
func proxyVariable(getenv func(string) string) (name, value string) {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy"} {
		if value := strings.TrimSpace(getenv(name)); value != "" {
			return name, value
		}
	}
	return "", ""
}

// proxyURL reads the address of a proxy, whose scheme may be left out. A special character of a password that is not
// percent-encoded shows as a part that such an address does not have.
func proxyURL(value string) (u *url.URL, ok bool) {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	if err != nil {
		return nil, false
	}
	_, err = strconv.ParseUint(port(u), 10, 16)
	known := slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme)
	bare := strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == ""
	return u, err == nil && known && u.Hostname() != "" && bare
}

// proxySecrets returns what must not show of the proxy's login: the password, and the login as it is sent.
func proxySecrets(getenv func(string) string) []string {
	_, value := proxyVariable(getenv)
	u, ok := proxyURL(value)
	if !ok || u.User == nil {
		return nil
	}
	password, _ := u.User.Password()
	return []string{password, u.User.Username() + ":" + password}
}
