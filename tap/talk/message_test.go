package talk

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSaid(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, contentType, body, want string }{
		{"string and description", "application/json", `{"error":"InvalidValue","description":"Too recent start_time"}`, "InvalidValue: Too recent start_time"},
		{"OAuth", "application/json", `{"error":"invalid_client","error_description":"Client authentication failed"}`, "invalid_client: Client authentication failed"},
		{"object", "application/json", `{"error":{"title":"Forbidden","message":"You do not have access"}}`, "Forbidden: You do not have access"},
		{"list", "application/json", `{"errors":[{"code":"C","title":"T","detail":"D"},{"title":"U"}]}`, "C: T: D; U"},
		{"list of strings", "application/json", `{"errors":["one","two"]}`, "one; two"},
		{"bare string", "application/json", `"no"`, "no"},
		{"details", "application/json", `{"details":{"value":[{"type":"blank","description":"can't be blank"}]},"description":"RecordValidation errors","error":"RecordInvalid"}`,
			"RecordInvalid: RecordValidation errors (value: can't be blank)"},
		{"said twice", "application/json", `{"error":"Not found","description":"Not found"}`, "Not found"},
		{"other JSON", "application/json", `{"status":"gone"}`, `{"status":"gone"}`},
		{"JSON cut short", "application/json", `{"error":"Inva`, `{"error":"Inva`},
		{"text", "text/plain", "upstream request timeout", "upstream request timeout"},
		{"text called JSON", "application/json", "Too recent start_time", "Too recent start_time"},
		{"HTML", "text/html; charset=utf-8", "<!DOCTYPE html><html><head><TITLE lang=en> acme | 502 </TITLE>", "an HTML page titled acme | 502"},
		{"HTML called text", "text/plain", "<html><body>hm", "an HTML page"},
		{"HTML behind a line end", "text/plain", "\r\n<html><title>hm</title>", "an HTML page titled hm"},
		{"HTML without end", "text/html", "<title>x", "an HTML page"},
		{"nothing", "application/json", " \n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := said(test.contentType, []byte(test.body)); got != test.want {
				t.Errorf("said = %q, want %q", got, test.want)
			}
		})
	}
}

func TestClean(t *testing.T) {
	t.Parallel()
	r := newRedactor(Config{
		Login:   Login{Email: "a@example.com", APIToken: "s3cr3t/token+"},
		Headers: map[string]string{"X-Proxy-Key": "key-of-the-proxy"},
	})
	r.add(`a&"b<`)
	for _, test := range []struct{ name, text, want string }{
		{"secret in JSON", `{"x":"a\u0026\"b\u003c"}, {"x":"a&\"b<"}`, `{"x":"[redacted]"}, {"x":"[redacted]"}`},
		{"secret in HTML", `<b>a&amp;&#34;b&lt;</b>`, `<b>[redacted]</b>`},
		{"lines", "one\r\ntwo\n\n three\t", "one two three"},
		{"control and format characters", "a\x1b[31mb\u202Ec\u0000", "a[31mbc"},
		{"invalid UTF-8", "a\xffb", "a\uFFFDb"},
		{"secret", "token s3cr3t/token+ is bad", "token [redacted] is bad"},
		{"secret in a URL", "?t=s3cr3t%2Ftoken%2B", "?t=[redacted]"},
		{"secret with the login, encoded", "Basic YUBleGFtcGxlLmNvbS90b2tlbjpzM2NyM3QvdG9rZW4r", "Basic [redacted]"},
		{"secret, once the rest is gone", "s3cr3t/\x00token+", "[redacted]"},
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
		"", "text\nin lines", `{"error":"x","description":"y"}`, `{"error":{"title":"a","message":"b\nc"}}`, `{"errors":[{"title":"s3cr3t\u0073ecret"}]}`,
		`"\ud800"`, "<html><title>s3cr3tsecret</title>", "s3cr3t\u200bsecret", "s3cr3t\nsecret", "\xff\xfe", strings.Repeat("[", 5000),
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
		a := answer{status: status, header: map[string][]string{"Content-Type": {contentType}, "X-Request-Id": {body}, "Location": {body}}, body: []byte(body)}
		fail := c.judge("calls", a)
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

// What Zendesk says about a request may name people; the log must not.
func TestPersonalDataIsNotSaid(t *testing.T) {
	t.Parallel()
	var r redactor
	got := r.clean("No access for jane.doe@example.com, called from +1 330 882-8232, call 32274699328148")
	want := "No access for [personal], called from [personal], call 32274699328148"
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
