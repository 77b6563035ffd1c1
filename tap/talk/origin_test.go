package talk

import (
	"net/url"
	"testing"
)

func base(tb testing.TB) *url.URL {
	tb.Helper()
	u, err := url.Parse("https://acme.zendesk.com")
	if err != nil {
		tb.Fatal(err)
	}
	return u
}

func calls() Endpoint {
	return Endpoint{Key: "calls", Path: "/api/v2/channels/voice/stats/incremental/calls"}
}

// TestFollowable says which next_page is followed: only what the API itself could mean.
func TestFollowable(t *testing.T) {
	t.Parallel()
	const plain = "https://acme.zendesk.com/api/v2/channels/voice/stats/incremental/calls?start_time=5"
	for _, test := range []struct{ name, base, next, want string }{
		{"as asked", "", plain, plain},
		{"with .json", "", "https://acme.zendesk.com/api/v2/channels/voice/stats/incremental/calls.json?start_time=5",
			"https://acme.zendesk.com/api/v2/channels/voice/stats/incremental/calls.json?start_time=5"},
		{"without stats", "", "https://acme.zendesk.com/api/v2/channels/voice/incremental/calls?start_time=5",
			"https://acme.zendesk.com/api/v2/channels/voice/incremental/calls?start_time=5"},
		{"without stats, with .json", "",
			"https://acme.zendesk.com/api/v2/channels/voice/incremental/calls.json?start_time=5",
			"https://acme.zendesk.com/api/v2/channels/voice/incremental/calls.json?start_time=5"},
		{"opaque parameters", "", plain + "&cursor=a%2Fb;c&x", plain + "&cursor=a%2Fb;c&x"},
		{"fragment", "", plain + "#x", plain},
		{"host in capitals, port named", "",
			"https://ACME.zendesk.com:443/api/v2/channels/voice/stats/incremental/calls?start_time=5",
			"https://ACME.zendesk.com:443/api/v2/channels/voice/stats/incremental/calls?start_time=5"},
		{"absolute path", "", "/api/v2/channels/voice/stats/incremental/calls?start_time=5", plain},
		{"relative path", "", "calls?start_time=5", plain},
		{"query alone", "", "?start_time=5", plain},
		{"below the base path", "https://proxy.example:8443/zd/",
			"https://proxy.example:8443/zd/api/v2/channels/voice/stats/incremental/calls?start_time=5",
			"https://proxy.example:8443/zd/api/v2/channels/voice/stats/incremental/calls?start_time=5"},
		{"not below the base path", "https://proxy.example/zd",
			"https://proxy.example/api/v2/channels/voice/stats/incremental/calls?start_time=5", ""},
		{"the account itself behind a proxy", "https://proxy.example/zd", plain, ""},
		{"loopback", "http://127.0.0.1:99",
			"http://127.0.0.1:99/api/v2/channels/voice/stats/incremental/calls?start_time=5",
			"http://127.0.0.1:99/api/v2/channels/voice/stats/incremental/calls?start_time=5"},
		{"other host", "", "https://evil.example/api/v2/channels/voice/stats/incremental/calls?start_time=5", ""},
		{"host that begins alike", "",
			"https://acme.zendesk.com.evil.example/api/v2/channels/voice/stats/incremental/calls?start_time=5", ""},
		{"scheme left out", "", "//evil.example/api/v2/channels/voice/stats/incremental/calls?start_time=5", ""},
		{"backslash", "",
			`https://acme.zendesk.com\@evil.example/api/v2/channels/voice/stats/incremental/calls?start_time=5`, ""},
		{"http", "", "http://acme.zendesk.com/api/v2/channels/voice/stats/incremental/calls?start_time=5", ""},
		{"other port", "", "https://acme.zendesk.com:8443/api/v2/channels/voice/stats/incremental/calls?start_time=5",
			""},
		{"user", "", "https://u:p@acme.zendesk.com/api/v2/channels/voice/stats/incremental/calls?start_time=5", ""},
		{"other path", "", "https://acme.zendesk.com/api/v2/users.json?start_time=5", ""},
		{"other export", "", "https://acme.zendesk.com/api/v2/channels/voice/stats/incremental/legs?start_time=5", ""},
		{"dots", "",
			"https://acme.zendesk.com/api/v2/channels/voice/stats/incremental/../incremental/calls/..%2f?start_time=5",
			""},
		{"escaped", "", "https://acme.zendesk.com/api/v2/channels/voice/stats/incremental%2Fcalls?start_time=5", ""},
		{"opaque", "", "https:acme.zendesk.com/api", ""},
		{"other scheme", "", "javascript:alert(1)", ""},
		{"no URL", "", "https://acme.zendesk.com/%zz", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := base(t)
			if test.base != "" {
				b, _ = url.Parse(test.base)
			}
			c := NewClient(Config{BaseURL: b})
			asked, err := c.pageURL(calls(), Request{Start: 1})
			if err != nil {
				t.Fatal(err)
			}
			got := ""
			if u, ok := c.followable(calls(), asked, test.next); ok {
				got = u.String()
			}
			if got != test.want {
				t.Errorf("followable(%q) = %q, want %q", test.next, got, test.want)
			}
		})
	}
}

// TestNextStart says which start_time a next_page is taken to have.
func TestNextStart(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		query string
		want  int64
		ok    bool
	}{
		{"start_time=5", 5, true}, {"a=b&start_time=5&c", 5, true}, {"start_time=5.0", 5, true}, {"start_time=0", 0,
			true}, {"start_time=-1", -1, true},
		{"", 0, false}, {"start_time=", 0, false}, {"start_time=x", 0, false}, {"start_time=5&start_time=6", 0,
			false}, {"start_time=5;a=b", 0, false},
	} {
		c := NewClient(Config{BaseURL: base(t)})
		next, got := c.next(t.Context(), calls(), base(t), calls().Path+"?"+test.query)
		if got != test.want || (next != "") != test.ok {
			t.Errorf("next_page with %s: got %q from %d, want %t from %d", test.query, next, got, test.ok, test.want)
		}
	}
}
