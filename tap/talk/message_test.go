package talk

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestMessage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, contentType, body, want string }{
		{"string and description", "application/json", `{"error":"InvalidValue","description":"Too recent ` +
			`start_time"}`, "InvalidValue: Too recent start_time"},
		{"OAuth", "application/json", `{"error":"invalid_client","error_description":"Client authentication failed"}`,
			"invalid_client: Client authentication failed"},
		{"object", "application/json", `{"error":{"title":"Forbidden","message":"You do not have access"}}`,
			"Forbidden: You do not have access"},
		{"list", "application/json", `{"errors":[{"code":"C","title":"T","detail":"D"},{"title":"U"}]}`, "C: T: D; U"},
		{"list of strings", "application/json", `{"errors":["one","two"]}`, "one; two"},
		{"bare string", "application/json", `"no"`, "no"},
		{"details", "application/json", `{"details":{"value":[{"type":"blank","description":"can't be ` +
			`blank"}]},"description":"RecordValidation errors","error":"RecordInvalid"}`,
			"RecordInvalid: RecordValidation errors (value: can't be blank)"},
		{"twice the same", "application/json", `{"error":"Not found","description":"Not found"}`, "Not found"},
		{"other JSON", "application/json", `{"status":"gone"}`, `{"status":"gone"}`},
		{"JSON cut short", "application/json", `{"error":"Inva`, `{"error":"Inva`},
		{"text", "text/plain", "upstream request timeout", "upstream request timeout"},
		{"text called JSON", "application/json", "Too recent start_time", "Too recent start_time"},
		{"HTML", "text/html; charset=utf-8", "<!DOCTYPE html><html><head><TITLE lang=en> acme | 502 </TITLE>",
			"an HTML page titled acme | 502"},
		{"HTML called text", "text/plain", "<html><body>hm", "an HTML page"},
		{"HTML behind a line end", "text/plain", "\r\n<html><title>hm</title>", "an HTML page titled hm"},
		{"HTML without end", "text/html", "<title>x", "an HTML page"},
		{"nothing", "application/json", " \n", ""},
		{"a page", "application/json", `{"calls":[{"id":1,"phone_number":"+15550100777"}],"end_time":5}`,
			rowsNotQuoted},
		{"a page with an error", "application/json", `{"error":"upstream","legs":[{"id":1}]}`, rowsNotQuoted},
		{"a page within", "application/json", `{"error":{"title":"bad","body":{"data":[{"name":"Jane"}]}}}`,
			rowsNotQuoted},
		{"one row", "application/json", `{"call":{"id":1,"updated_at":"2026-03-01T00:00:00Z","line":"x"}}`,
			rowsNotQuoted},
		{"rows alone", "application/json", `[{"agent":"Jane"}]`, rowsNotQuoted},
		{"a page cut short", "application/json", `{"calls":[{"id":1,"customer_id":7,"phone_number":"+155`,
			rowsNotQuoted},
		{"lines of rows", "text/plain", `{"id":1,"updated_at":"x"}` + "\n" + `{"id":2,"updated_at":"x"}`,
			rowsNotQuoted},
		{"rows in the text of an error", "application/json", `{"error":"bad gateway: ` +
			`{\"calls\":[{\"agent_id\":1,\"name\":\"Jane\"}]}"}`, rowsNotQuoted},
		{"rows of another language", "text/plain", `unexpected {'id': 1, 'call_id': 7, 'agent': 'Jane'}`,
			rowsNotQuoted},
		{"errors that are objects", "application/json", `{"error":{"title":"no","details":[{"code":"x"}]}}`, "no"},
		{"nested beyond reason", "application/json", strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100),
			rowsNotQuoted},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := message(test.contentType, []byte(test.body)); got != test.want {
				t.Errorf("message = %q, want %q", got, test.want)
			}
		})
	}
}

// Secrets that are part of each other, or overlap, leave nothing of themselves, and what stands for them is not
// searched.
func TestRedactIsOnePass(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		secrets    []string
		text, want string
	}{
		{[]string{"abcdef", "defghi"}, "x abcdefghi y", "x [redacted] y"},
		{[]string{"abcd", "abcdefgh"}, "abcdefgh abcd", "[redacted] [redacted]"},
		{[]string{"redacted", "first"}, "the first", "the [redacted]"},
		{[]string{"aaaa"}, "aaaaaa b", "[redacted] b"},
		{[]string{"e", "no", "xyz"}, "one xyz token, no more", "one xyz token, no more"},
		{[]string{"wxyz"}, "wxyz", "[redacted]"},
		{[]string{"päss"}, "päss", "[redacted]"},
	} {
		var r redactor
		for _, secret := range test.secrets {
			r.add(secret)
		}
		if got := r.clean(test.text); got != test.want {
			t.Errorf("%q without %q is %q, want %q", test.text, test.secrets, got, test.want)
		}
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	r := newRedactor(Config{
		Login:   Login{Email: "a@example.com", APIToken: "s3cr3t/token+"},
		Headers: map[string]string{"X-Proxy-Key": "key-of-the-proxy"},
	}.withDefaults())
	for _, secret := range []string{`a&"b<`, "pä😀s", "two words x"} {
		r.add(secret)
	}
	for _, test := range []struct{ name, text, want string }{
		{"secret in JSON", `{"x":"a\u0026\"b\u003c"}, {"x":"a&\"b<"}`, `{"x":"[redacted]"}, {"x":"[redacted]"}`},
		{"secret in HTML", `<b>a&amp;&#34;b&lt;</b>`, `<b>[redacted]</b>`},
		{"lines", "one\r\ntwo\n\n three\t", "one two three"},
		{"control and format characters", "a\x1b[31mb\u202Ec\u0000", "a[31mbc"},
		{"invalid UTF-8", "a\xffb", "a\uFFFDb"},
		{"secret", "token s3cr3t/token+ is bad", "token [redacted] is bad"},
		{"secret in a URL", "?t=s3cr3t%2Ftoken%2B", "?t=[redacted]"},
		{"secret with the login, encoded", "Basic YUBleGFtcGxlLmNvbS90b2tlbjpzM2NyM3QvdG9rZW4r", "Basic [redacted]"},
		{"secret in a URL, in lower case", "?t=s3cr3t%2ftoken%2b", "?t=[redacted]"},
		{"secret in a URL, needlessly", "?t=%733cr3t/%74oken+", "?t=[redacted]"},
		{"secret in a URL of a URL", "?u=%3Ft%3Ds3cr3t%252Ftoken%252b", "?u=%3Ft%3D[redacted]"},
		{"secret in HTML by numbers", "<b>a&#x26;&#X22;b&#60</b>", "<b>[redacted]</b>"},
		{"secret in HTML by names", "<b>a&amp;&quot;b&lt;</b>", "<b>[redacted]</b>"},
		{"secret in JSON by numbers", `s3cr3t\u002Ftoken\u002b, \u0073\u0033cr3t\/token+`, "[redacted], [redacted]"},
		{"secret in JSON in JSON", `{\"x\":\"s3cr3t\\u002ftoken\\u002B\"}`, `{\"x\":\"[redacted]\"}`},
		{"secret in an HTML page's URL", "?a=1&amp;t=s3cr3t&#x25;2ftoken%2b", "?a=1&amp;t=[redacted]"},
		{"secret beyond ASCII", `p\u00e4\ud83d\uDE00s p%c3%a4%F0%9f%98%80s`, "[redacted] [redacted]"},
		{"secret with the login, in a URL", "YUBleGFtcGxlLmNvbS90b2tlbjpzM2NyM3QvdG9rZW4r%2c", "[redacted]%2c"},
		{"secret with a blank", "?k=two+words+x two%20words%20x", "?k=[redacted] [redacted]"},
		{"no escapes", `100% sure \q & more; %zz &bogus; \u12`, `100% sure \q & more; %zz &bogus; \u12`},
		{"secret, once the rest is gone", "s3cr3t/\x00token+", "[redacted]"},
		{"secret in base64", "cMOk8J+YgHM= cMOk8J+YgHM cMOk8J-YgHM= cMOk8J-YgHM", strings.Repeat(" [redacted]", 4)[1:]},
		{"header value", "key key-of-the-proxy", "key [redacted]"},
		{"long", strings.Repeat("ä", 200), strings.Repeat("ä", 148) + "…"},
		{"long, secret at the cut", strings.Repeat("x", 295) + "s3cr3t/token+", strings.Repeat("x", 295) + "[r…"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := r.clean(test.text); got != test.want {
				t.Errorf("clean(%q) = %q, want %q", test.text, got, test.want)
			}
		})
	}
}

// FuzzErrorBody holds that no answer makes an error of more than one line, or of more than a few hundred bytes, or
// with a secret in it. Run it with: go test -fuzz FuzzErrorBody ./tap/talk.
func FuzzErrorBody(f *testing.F) {
	const secret = "s3cr3tsecret"
	for _, body := range []string{
		"", "text\nin lines", `{"error":"x","description":"y"}`, `{"error":{"title":"a","message":"b\nc"}}`,
		`{"errors":[{"title":"s3cr3t\u0073ecret"}]}`,
		`"\ud800"`, "<html><title>s3cr3tsecret</title>", "s3cr3t\u200bsecret", "s3cr3t\nsecret", "\xff\xfe",
		strings.Repeat("[", 5000),
		`{"details":{"a":[{"description":"b"}]}}`, `{"error":null}`, "s3cr3[redacted]tsecret",
	} {
		f.Add(403, "application/json", body)
		f.Add(404, "text/html", body)
	}
	f.Fuzz(func(t *testing.T, status int, contentType, body string) {
		if status < 300 {
			return
		}
		c := NewClient(Config{BaseURL: base(t), Login: Login{AccessToken: secret}})
		a := answer{answered: true, status: status, header: map[string][]string{"Content-Type": {contentType},
			"X-Request-Id": {body}, "Location": {body}}, body: []byte(body)}
		fail := c.failure("calls", a)
		if fail == nil {
			t.Fatalf("no error for status %d", status)
		}
		text := fail.Error.Error()
		if strings.ContainsAny(text, "\n\r") || !utf8.ValidString(text) || len(text) > 2000 {
			t.Errorf("the error is no short line of text: %q", text)
		}
		if strings.Contains(text, secret) {
			t.Errorf("the error shows a secret: %q", text)
		}
	})
}

// What Zendesk says about a request may name people; the log must not. Identifiers, times and addresses stay.
func TestPersonalDataIsNotRepeated(t *testing.T) {
	t.Parallel()
	const masked = "[personal]"
	for text, want := range map[string]string{
		"jane.doe@example.com":   masked,
		"jane.doe%40example.com": masked,
		"+1 330 882-8232":        masked,
		"(330) 882-8232":         masked,
		"212.555.0199":           masked,
		"0170/1234567":           masked,
		"+４９１７０１２３４５６７":          masked,
		"０１７０１２３４５６７":            masked,
		"٠١٧٠ ١٢٣٤٥٦٧":           masked,
		"+ 49 170 123 45 67":     masked,
		"+49 (0)170 - 123 4567":  masked,
		"01.42.68.53.00":         masked,
		"+33.1.42.68.53.00":      masked,
		"33.1.42.68.53.00":       masked,
		"555–0199":               masked,
		"[030] 1234567":          "[" + masked,
		"+491701234567":          masked,
		"%2b491701234567":        masked,
		"%2B49%20170%201234567":  masked,
		"&#43;491701234567":      masked,
		`\u002B491701234567`:     masked,
		"1985-13-27":             masked,

		"call 32274699328148":                           "",
		"calls 32274699328148 32274699328149":           "",
		"(32274699328148)":                              "",
		"1234567":                                       "",
		"start_time=1773760000":                         "",
		"1773760000 (2026-03-17T15:06:40Z)":             "",
		"1773760000 (2026-03-17 15:06:40.123456Z)":      "",
		"2026-11-27T10:00:00Z":                          "",
		"2026-11-27T10:00:00.123456789+02:00":           "",
		"2026/11/27 10:00:00":                           "",
		"on 2026-11-27, not 2026-11-28":                 "",
		"Fri, 27 Nov 2026 10:00:00 GMT":                 "",
		"dial tcp 192.168.100.200:443: connect":         "",
		"read tcp 10.20.30.40:53412->104.16.51.111:443": "",
		"6f1c2a3b-1234-4567-8901-012345678901":          "",
		"700 requests, 10 a minute":                     "",
	} {
		if want == "" {
			want = text
		}
		var r redactor
		if got := r.clean("from " + text + " on"); got != "from "+want+" on" {
			t.Errorf("got %q for %q", got, text)
		}
	}
}

// A request id is quoted like anything else that a server says: without phone numbers.
func TestRequestIDIsClean(t *testing.T) {
	t.Parallel()
	c := NewClient(Config{BaseURL: base(t)})
	for id, want := range map[string]string{
		"+491701234567":                        "[personal]",
		"0170/1234567":                         "[personal]",
		"0000000000000013-SIM":                 "0000000000000013-SIM",
		"6f1c2a3b-1234-4567-8901-012345678901": "6f1c2a3b-1234-4567-8901-012345678901",
	} {
		header := map[string][]string{"X-Request-Id": {id}}
		got := c.failure("calls", answer{answered: true, status: 503, header: header})
		if got.RequestID != want {
			t.Errorf("got request id %q for %q, want %q", got.RequestID, id, want)
		}
	}
}
