package talk

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/tidwall/gjson"
)

// rowsNotQuoted stands for an error body that holds rows.
const rowsNotQuoted = "a body that holds rows, which are not repeated here"

var (
	title = regexp.MustCompile("(?i)<title[^>]*>([^<]*)<")

	// rowField matches a field of a call, a leg or a person as JSON writes it, whole or cut short, or what imitates it.
	rowField = regexp.MustCompile(`["']((created|updated)_at|(agent|user|customer|call|ticket)_id|` +
		`phone\w*|caller\w*|customer|\w*name|email)\\*["']\s*[:=]`)
)

// message returns what an error body says, in whatever shape: four of JSON, plain text, HTML and nothing were seen
// (docs/zendesk-api.md, "Error answers"). A body that holds rows is not repeated: proxies make errors of whole pages.
// The result is as sent; see [redactor.clean].
func message(contentType string, body []byte) string {
	body = bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\uFEFF"))
	text := string(body)
	switch {
	case len(body) == 0:
		return ""
	case isHTML(contentType, body):
		return htmlMessage(body)
	case validJSON(body):
		v := gjson.ParseBytes(body)
		if holdsRows(v, "", "", 0) {
			return rowsNotQuoted
		}
		if s := jsonMessage(v); s != "" {
			text = s
		}
	}
	if rowField.MatchString(text) {
		return rowsNotQuoted
	}
	return text
}

func isHTML(contentType string, body []byte) bool {
	return strings.Contains(strings.ToLower(contentType), "html") || bytes.HasPrefix(bytes.TrimSpace(body), []byte("<"))
}

// htmlMessage is the title of a page, which stems from what stands before Zendesk as a rule.
func htmlMessage(body []byte) string {
	found := title.FindSubmatch(body)
	if found == nil || len(bytes.TrimSpace(found[1])) == 0 {
		return "an HTML page"
	}
	return "an HTML page titled " + string(bytes.TrimSpace(found[1]))
}

// holdsRows reports whether a value, the member of that name of a parent, holds an object that looks like a row, or an
// array of objects that doesn't list errors; or lies too deep to tell.
func holdsRows(v gjson.Result, parent, name string, depth int) (found bool) {
	if !v.IsObject() && !v.IsArray() {
		return false
	}
	errs := parent == "details" || slices.Contains([]string{"error", "errors", "details"}, name)
	found = depth > 20 || v.Get("id").Exists() && (v.Get("created_at").Exists() || v.Get("updated_at").Exists())
	v.ForEach(func(key, member gjson.Result) bool {
		found = found || v.IsArray() && member.IsObject() && !errs || holdsRows(member, name, key.String(), depth+1)
		return !found
	})
	return found
}

// jsonMessage reads the four shapes: error as a string with a description; error as an object; a list of errors; a bare
// string.
func jsonMessage(v gjson.Result) string {
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
	text := join(v.Get("error"), v.Get("title"), v.Get("description"), v.Get("error_description"), v.Get("message"))
	v.Get("details").ForEach(func(field, problems gjson.Result) bool { // RecordInvalid: what is wrong with which field
		text += " (" + field.String() + ": " + join(problems.Get("0.description")) + ")"
		return len(text) < maxMessage
	})
	return text
}

// join puts the texts among parts one behind the other, without repeating any.
func join(parts ...gjson.Result) string {
	var texts []string
	for _, p := range parts {
		if s := strings.TrimSpace(p.String()); p.Type == gjson.String && s != "" && !slices.Contains(texts, s) {
			texts = append(texts, s)
		}
	}
	return strings.Join(texts, ": ")
}
