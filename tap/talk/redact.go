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

var (
	email = regexp.MustCompile(`[^\s"'<>(),;:]+(?:[@＠]|%40)[^\s"'<>(),;:]+`)

	// phone matches what may be a phone number: seven or more digits of any script with what people put between them,
	// and the ways in which URLs, HTML and JSON write a plus or a blank. It also matches UUIDs and times, so that no
	// part of them is taken for one.
	phone = regexp.MustCompile(`(?i)` + uuid + `|\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?` +
		`|(?:(?:[+＋]|%2b|&#(?:43|x2b);|\\u002b) ?)?[(（]?\p{Nd}(?:` + between + `{0,5}\p{Nd}){6,}`)

	// readable matches what phone matches too, but is no phone number: a bare number, which may be an identifier or a
	// time in Unix seconds; or several of them, dates and IP addresses; or a UUID or a time of day.
	readable = regexp.MustCompile(`^(?:\(?\d+|\(?` + known + `(?: \(?` + known + `)*|(?i)` + uuid + `|.*:.*)$`)

	// escape matches an escape of a URL, of JSON or of HTML.
	escape = regexp.MustCompile(`%[0-9A-Fa-f]{2}` +
		`|\\u[Dd][89ABab][0-9A-Fa-f]{2}\\u[0-9A-Fa-f]{4}|\\u[0-9A-Fa-f]{4}|\\["\\/bfnrt]` +
		`|&#\d+;?|&#[Xx][0-9A-Fa-f]+;?|&\w+;`)
)

// Parts of the patterns above.
const (
	uuid    = `\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b`
	between = `(?:[ \p{Pd}\p{Ps}\p{Pe}−+./·．／]|%2[089def])`
	date    = `(?:19|20)\d\d[-/](?:0[1-9]|1[0-2])[-/](?:0[1-9]|[12]\d|3[01])`
	octet   = `(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)`
	known   = `(?:\d{10,}|` + date + `(?: [0-2]\d)?|` + octet + `(?:\.` + octet + `){3})`
)

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

// add makes secret a thing to redact, also in base64, and with the plus that stands for a blank in a URL's query.
func (r *redactor) add(secret string) {
	if utf8.RuneCountInString(secret) < leastSecret {
		return
	}
	for _, form := range []string{
		secret, oneLine(secret), strings.ReplaceAll(secret, " ", "+"),
		base64.StdEncoding.EncodeToString([]byte(secret)), base64.RawStdEncoding.EncodeToString([]byte(secret)),
		base64.URLEncoding.EncodeToString([]byte(secret)), base64.RawURLEncoding.EncodeToString([]byte(secret)),
	} {
		if form != "" && !slices.Contains(r.secrets, form) {
			r.secrets = append(r.secrets, form)
		}
	}
}

// clean makes text fit for an error or a log: one line, no control characters, no secrets, nothing about people as far
// as it can be told, and not long.
func (r *redactor) clean(text string) string {
	const masked = "[personal]"
	text = email.ReplaceAllString(r.redact(oneLine(text)), masked)
	return shortened(phone.ReplaceAllStringFunc(text, func(found string) string {
		if readable.MatchString(found) {
			return found
		}
		return masked
	}))
}

func shortened(text string) string {
	if len(text) <= maxMessage {
		return text
	}
	return strings.ToValidUTF8(text[:maxMessage-len("…")], "") + "…"
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
// is not searched itself. Secrets are found behind up to three layers of escapes, such as those of a URL in a JSON
// string in HTML.
func (r *redactor) redact(text string) string {
	covered := make([]bool, len(text))
	plain, origin := text, make([]int, len(text)+1)
	for i := range origin {
		origin[i] = i
	}
	r.cover(covered, plain, origin)
	for range 3 {
		plain, origin = unescape(plain, origin)
		r.cover(covered, plain, origin)
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

// cover marks what the secrets in plain cover of the text that it comes from: byte i of plain stems from what begins at
// origin[i], and its end from origin[len(plain)].
func (r *redactor) cover(covered []bool, plain string, origin []int) {
	for _, secret := range r.secrets {
		for start := 0; ; start++ {
			i := strings.Index(plain[start:], secret)
			if i < 0 {
				break
			}
			start += i
			for at := origin[start]; at < origin[start+len(secret)]; at++ {
				covered[at] = true
			}
		}
	}
}

// unescape takes one layer of escapes out of text. Byte i of text stems from origin[i], and so for what it returns.
func unescape(text string, origin []int) (plain string, from []int) {
	var b strings.Builder
	end := 0
	for _, found := range escape.FindAllStringIndex(text, -1) {
		b.WriteString(text[end:found[0]])
		from = append(from, origin[end:found[0]]...)
		end = found[1]
		b.WriteString(unescaped(text[found[0]:end]))
		for len(from) < b.Len() {
			from = append(from, origin[found[0]])
		}
	}
	b.WriteString(text[end:])
	return b.String(), append(from, origin[end:]...)
}

// unescaped is the character, or the byte of one, that a match of escape stands for.
func unescaped(found string) string {
	plain := found
	switch found[0] {
	case '%':
		plain, _ = url.PathUnescape(found) // a match of escape is valid
	case '\\':
		_ = json.Unmarshal([]byte(`"`+found+`"`), &plain) // likewise
	case '&':
		plain = html.UnescapeString(found)
	}
	return plain
}
