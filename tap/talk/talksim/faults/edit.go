package faults

import (
	"bytes"
	"cmp"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk/talksim"
)

// set returns a copy of a JSON object in which the member name has the JSON text value: replaced where it was, or added
// at the end. An empty value takes the member out. The other members stay byte for byte, and so does what is no object.
func set(object []byte, name, value string) []byte {
	d := jsontext.NewDecoder(bytes.NewBuffer(object),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if token, err := d.ReadToken(); err != nil || token.Kind() != '{' {
		return object
	}
	wanted := `"` + name + `"`
	var members []string
	for d.PeekKind() == '"' {
		key, _ := d.ReadValue()
		member := string(key)
		text, err := d.ReadValue()
		switch {
		case err != nil:
			return object
		case member != wanted:
			members = append(members, member+":"+string(text))
		case value != "":
			members = append(members, wanted+":"+value)
			value = ""
		}
	}
	if value != "" {
		members = append(members, wanted+":"+value)
	}
	return []byte("{" + strings.Join(members, ",") + "}")
}

// fill replaces what stands in braces in a text by what the request has, or by the pairs that follow.
func fill(q *talksim.Request, text string, pairs ...string) string {
	u, err := url.Parse(q.Base)
	if err != nil {
		return text
	}
	origin := u.Scheme + "://" + u.Host
	other := map[string]string{"http": "https", "https": "http"}[u.Scheme]
	port := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	pairs = append(pairs, "{origin}", origin, "{ORIGIN}", strings.ToUpper(origin), "{scheme}", u.Scheme,
		"{other}", other, "{host}", u.Host, "{name}", u.Hostname(),
		"{host:port}", net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port)),
		"{path}", u.Path+talksim.StatsPath+q.Endpoint, "{older}", u.Path+talksim.OlderPath+q.Endpoint,
		"{asked}", q.URL.RequestURI(), "{query}", q.URL.RawQuery)
	return strings.NewReplacer(pairs...).Replace(text)
}

func digits(n int64) string { return strconv.FormatInt(n, 10) }

// date writes a Unix second as the API does.
func date(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }
