package talk

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Origin. Credentials and the extra headers go to the configured scheme, host and port, and nowhere else. Every
// request passes [Client.checkOrigin]; a next_page from a body is followed only if it also has a known path of its
// endpoint; redirects are not followed at all, or Go would go on without the login, as an anonymous user
// (docs/zendesk-api.md, "Redirects").

// errForeign is the error of a request that would leave the configured origin.
var errForeign = errors.New("not the configured origin")

// checkOrigin is the last look before a request leaves.
func (c *Client) checkOrigin(u *url.URL) error {
	switch {
	case u.Scheme != "https" && !(u.Scheme == "http" && Loopback(u.Hostname())):
		return fmt.Errorf("%w: %s://%s is not https", errForeign, u.Scheme, u.Host)
	case !sameOrigin(u, c.base), u.User != nil, u.Opaque != "":
		return fmt.Errorf("%w: %s://%s is not %s://%s", errForeign, u.Scheme, u.Host, c.base.Scheme, c.base.Host)
	}
	return nil
}

// Loopback reports whether host, a name or an address, is this machine.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

func port(u *url.URL) string {
	if u.Scheme == "https" {
		return cmp.Or(u.Port(), "443")
	}
	return cmp.Or(u.Port(), "80")
}

// pageURL returns the URL that asks for r.
func (c *Client) pageURL(e Endpoint, r Request) (*url.URL, error) {
	if r.Next != "" {
		u, ok := c.followable(e, c.base, r.Next)
		if !ok {
			message := "the page to follow is none of this export at " + c.base.Host
			return nil, &Error{Kind: KindUnsendable, Endpoint: e.Key, Message: message}
		}
		return u, nil
	}
	u := c.base.JoinPath(e.Path)
	u.RawQuery = "start_time=" + strconv.FormatInt(r.Start, 10)
	return u, nil
}

// followable resolves the next_page of a page that came from asked, and reports whether it may be followed. Its query
// is kept as it is, since the API calls the URL opaque.
func (c *Client) followable(e Endpoint, asked *url.URL, next string) (*url.URL, bool) {
	u, err := asked.Parse(next)
	if err != nil || c.checkOrigin(u) != nil || !slices.Contains(c.paths(e), u.EscapedPath()) {
		return nil, false
	}
	u.Fragment, u.RawFragment = "", ""
	return u, true
}

// paths are the known forms of an endpoint's path: all of them answer, and next_page may use another than the request
// (docs/zendesk-api.md, "Addresses").
func (c *Client) paths(e Endpoint) []string {
	long := c.base.JoinPath(e.Path).EscapedPath()
	short := strings.Replace(long, "/voice/stats/incremental/", "/voice/incremental/", 1)
	return []string{long, long + ".json", short, short + ".json"}
}

// next reads the next_page of a page that came from asked: where it leads and its start_time; "" if it is not to be
// followed.
func (c *Client) next(ctx context.Context, e Endpoint, asked *url.URL, raw string) (string, int64) {
	if raw == "" {
		return "", 0
	}
	u, ok := c.followable(e, asked, raw)
	if !ok {
		c.warn(ctx, "next_page", e.Key, fmt.Sprintf(
			"%s: next_page leads to %s, which is no page of this export at %s: "+
				"not followed, building the URL from end_time instead",
			e.Key, c.redactor.clean(place(asked, raw)), c.base.Host))
		return "", 0
	}
	query, err := url.ParseQuery(u.RawQuery)
	if times := query["start_time"]; err == nil && len(times) == 1 { // of two, who knows which counts
		if start, ok := unixTime([]byte(times[0])); ok {
			return u.String(), start
		}
	}
	return "", 0
}

// place returns what may be shown of a URL: scheme, host and path, since a query or a userinfo may hold anything.
func place(base *url.URL, raw string) string {
	u, err := base.Parse(raw)
	if err != nil {
		return "something that is no URL"
	}
	if u.Opaque != "" {
		return u.Scheme + ":…"
	}
	where := u.Scheme + "://" + u.Host + u.EscapedPath()
	if u.User != nil {
		where += " (with a user in it)"
	}
	return where
}
