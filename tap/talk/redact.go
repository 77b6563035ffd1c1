package talk

import (
	"encoding/base64"
	"encoding/json"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxMessage  = 300 // bytes of somebody else's words that are repeated
	leastSecret = 4   // characters of a secret that is looked for: shorter ones would garble every message
	leastHeader = 8   // characters of a header's value that counts as a secret: some proxies want a key
)

// personal matches e-mail addresses, and phone numbers in the usual ways of writing them. Identifiers are bare digits.
var personal = regexp.MustCompile(`[^\s"'<>(),;:]+@[^\s"'<>(),;:]+` +
	`|\+\d[\d ()./-]{5,}\d|\(\d{2,5}\)[ \d./-]{5,}\d|\b\d{2,5}[- ]\d{3,4}[- ]\d{3,5}\b`)

// A redactor takes secrets out of text that others wrote.
type redactor struct {
	secrets []string
}

func newRedactor(cfg Config) redactor {
	var r redactor
	r.add(cfg.Login.ClientSecret)
	r.add(cfg.Login.AccessToken)
	if cfg.Login.APIToken != "" {
		r.add(cfg.Login.APIToken)
		r.add(basic(cfg.Login))
	}
	for _, value := range cfg.Headers {
		if len(value) >= leastHeader {
			r.add(value)
		}
	}
	for _, secret := range proxySecrets(cfg.Getenv) {
		r.add(secret)
	}
	return r
}

// add makes secret a thing to redact, also in the forms it takes in a URL, JSON, HTML or base64.
func (r *redactor) add(secret string) {
	if utf8.RuneCountInString(secret) < leastSecret {
		return
	}
	asJSON, _ := json.Marshal(secret) // a string always has a form in JSON
	inJSON := string(asJSON[1 : len(asJSON)-1])
	for _, form := range []string{
		secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawStdEncoding.EncodeToString([]byte(secret)),
		base64.URLEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
		inJSON, strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">").Replace(inJSON),
	} {
		if form = oneLine(form); form != "" && !slices.Contains(r.secrets, form) {
			r.secrets = append(r.secrets, form)
		}
	}
}

// clean makes text fit for an error or a log: one line, no control characters, no secrets, nothing about people as far
// as it can be told, and not long.
func (r *redactor) clean(text string) string {
	return shortened(personal.ReplaceAllString(r.redact(oneLine(text)), "[personal]"))
}

// cleanID does the same for an identifier, which may look like a phone number.
func (r *redactor) cleanID(text string) string { return shortened(r.redact(oneLine(text))) }

func shortened(text string) string {
	if len(text) <= maxMessage {
		return text
	}
	cut := maxMessage - len("…")
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}

// oneLine takes line ends and all that does not show out of text, and invalid UTF-8.
func oneLine(text string) string {
	text = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case !unicode.IsPrint(c): // control, format (which could turn the reading direction), unassigned
			return -1
		}
		return c
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// redact replaces every stretch of text that secrets cover, alone or overlapping, in one pass: what stands for a secret
// is not searched itself.
func (r *redactor) redact(text string) string {
	covered := make([]bool, len(text))
	for _, secret := range r.secrets {
		for start := 0; ; start++ {
			i := strings.Index(text[start:], secret)
			if i < 0 {
				break
			}
			start += i
			for at := range len(secret) {
				covered[start+at] = true
			}
		}
	}
	var b strings.Builder
	for i := range len(text) {
		switch {
		case !covered[i]:
			b.WriteByte(text[i])
		case i == 0 || !covered[i-1]:
			b.WriteString("[redacted]")
		}
	}
	return b.String()
}
