package talk

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tidwall/gjson"
)

// maxSaid is how many bytes of somebody else's words are repeated.
const maxSaid = 300

// said is what an error body says, in whatever shape: zendesk_api.md §2.3 counts four JSON shapes, plain text, HTML
// and nothing. The result is as sent; see [redactor.clean].
func said(contentType string, body []byte) string {
	body = bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\uFEFF"))
	switch {
	case len(body) == 0:
		return ""
	case isHTML(contentType, body):
		return htmlSays(body)
	case validJSON(body):
		if says := jsonSays(gjson.ParseBytes(body)); says != "" {
			return says
		}
	}
	return string(body)
}

func isHTML(contentType string, body []byte) bool {
	return strings.Contains(strings.ToLower(contentType), "html") || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// htmlSays is the title of a page, which stems from what stands before Zendesk as a rule.
func htmlSays(body []byte) string {
	title := regexp.MustCompile("(?i)<title[^>]*>([^<]*)<").FindSubmatch(body)
	if title == nil || len(bytes.TrimSpace(title[1])) == 0 {
		return "an HTML page"
	}
	return "an HTML page titled " + string(bytes.TrimSpace(title[1]))
}

// jsonSays reads the four shapes: error as a string with a description; error as an object; a list of errors; a bare
// string.
func jsonSays(v gjson.Result) string {
	switch {
	case v.Type == gjson.String:
		return v.String()
	case v.Get("errors").IsArray():
		var all []string
		for _, e := range v.Get("errors").Array() {
			if s := join(e.Get("code"), e.Get("title"), e.Get("detail"), e.Get("message")); s != "" {
				all = append(all, s)
			} else if e.Type == gjson.String {
				all = append(all, e.String())
			}
		}
		return strings.Join(all[:min(len(all), 3)], "; ")
	case v.Get("error").IsObject():
		e := v.Get("error")
		return join(e.Get("code"), e.Get("title"), e.Get("message"), e.Get("description"))
	}
	says := join(v.Get("error"), v.Get("title"), v.Get("description"), v.Get("error_description"), v.Get("message"))
	v.Get("details").ForEach(func(field, problems gjson.Result) bool { // RecordInvalid: what is wrong with which field
		says += " (" + field.String() + ": " + join(problems.Get("0.description")) + ")"
		return len(says) < maxSaid
	})
	return says
}

// join puts the texts among parts one behind the other, without saying anything twice.
func join(parts ...gjson.Result) string {
	var texts []string
	for _, p := range parts {
		if s := strings.TrimSpace(p.String()); p.Type == gjson.String && s != "" && !slices.Contains(texts, s) {
			texts = append(texts, s)
		}
	}
	return strings.Join(texts, ": ")
}

// redactor takes secrets out of text that others wrote.
type redactor struct {
	secrets []string
}

func newRedactor(cfg Config) redactor {
	var r redactor
	l := cfg.Login
	r.add(l.ClientSecret)
	r.add(l.AccessToken)
	r.add(l.APIToken)
	if l.APIToken != "" {
		r.add(basic(l))
	}
	for _, value := range cfg.Headers { // some proxies want a key
		if len(value) >= 8 {
			r.add(value)
		}
	}
	return r
}

// add makes secret a thing to redact, also in the forms it takes in a URL, JSON, HTML or base64.
func (r *redactor) add(secret string) {
	if secret == "" {
		return
	}
	asJSON, err := json.Marshal(secret)
	if err != nil || len(asJSON) < 2 {
		asJSON = []byte(`""`) // cannot be: it is a string
	}
	inJSON := string(asJSON[1 : len(asJSON)-1])
	for _, form := range []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret), base64.StdEncoding.EncodeToString([]byte(secret)),
		inJSON, strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(inJSON),
	} {
		if !slices.Contains(r.secrets, form) {
			r.secrets = append(r.secrets, form)
		}
	}
	slices.SortStableFunc(r.secrets, func(a, b string) int { return len(b) - len(a) }) // one may be part of another
}

// clean makes text fit for an error or a log: one line, no control characters, no secrets, not long.
func (r *redactor) clean(text string) string {
	text = r.redact(text)
	text = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case !unicode.IsPrint(c): // control, format (which could turn the reading direction), unassigned
			return -1
		}
		return c
	}, text) // which also turns invalid UTF-8 into U+FFFD
	text = r.redact(strings.Join(strings.Fields(text), " "))                                                               // taking characters out may have put a secret together
	text = regexp.MustCompile(`[^\s"'<>(),;:]+@[^\s"'<>(),;:]+|\+\d[\d ()./-]{5,}\d`).ReplaceAllString(text, "[personal]") // e-mail addresses and phone numbers
	if len(text) <= maxSaid {
		return text
	}
	cut := maxSaid - len("…")
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

func (r *redactor) redact(text string) string {
	for _, secret := range r.secrets {
		text = strings.ReplaceAll(text, secret, "[redacted]")
	}
	return text
}
