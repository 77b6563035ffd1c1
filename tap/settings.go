package tap

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// settings are the values of a run's config. Seconds are whole seconds; what the config lacks has its default.
type settings struct {
	subdomain              string
	clientID, clientSecret string
	accessToken            string
	email, apiToken        string
	oauthScope             string
	startDate, endDate     string
	requestsPerMinute      int
	settleSeconds          int
	onFullSecond           string
	requestTimeoutSeconds  int
	maxRetrySeconds        int
	userAgent              string
	extraHeaders           map[string]string
	apiURL                 string
	emitActivateVersion    bool

	baseURL    *url.URL // origin of all requests, from apiURL or subdomain
	start, end int64    // window of modification times in Unix seconds, from startDate and endDate
}

// A Setting is the definition of one key of the config. The table of them, [AllSettings], is the only one: the reading
// of config files and of the environment, --about, the JSON Schema of a config, the README and the Meltano files follow
// it.
type Setting struct {
	Name        string   // key in a config
	Title       string   // name for people, in Meltano
	Description string   // sentences for people
	Format      string   // JSON Schema's name of a string's form, "date-time" for example; "" for any
	Default     string   // value of a config that lacks the key, as text; "" for none
	Options     []string // only values allowed; nil for any
	Minimum     int      // least value, of a whole number
	Maximum     int      // greatest value, of a whole number
	Secret      bool     // whether its value must not show

	into any // place of the value in settings: a *string, *int, *bool or *map[string]string
}

// AllSettings returns the definitions of all settings, in the order in which documents show them.
func AllSettings() []Setting { return new(settings).table() }

// table returns the definitions of all settings, whose values go into s.
func (s *settings) table() []Setting {
	return slices.Concat(s.loginSettings(), s.readingSettings(), s.requestSettings())
}

// loginSettings defines which account to read, and who does it.
func (s *settings) loginSettings() []Setting {
	return []Setting{
		{
			Name: "subdomain", Title: "Subdomain", into: &s.subdomain,
			Description: "The acme of acme.zendesk.com. The whole host name or the address of any page of the " +
				"account does as well. Required, unless api_url is given.",
		},
		{
			Name: "client_id", Title: "OAuth client ID", into: &s.clientID,
			Description: "Unique identifier of the account's OAuth client (Admin Center, Apps and integrations, " +
				"APIs, OAuth clients). The client must be confidential and allowed the client-credentials grant. A " +
				"token is requested when needed, and again before it ends or when it is refused.",
		},
		{
			Name: "client_secret", Title: "OAuth client secret", Secret: true, into: &s.clientSecret,
			Description: "Secret of the OAuth client.",
		},
		{
			Name: "access_token", Title: "OAuth access token", Secret: true, into: &s.accessToken,
			Description: "A ready OAuth access token, instead of an OAuth client. The tap can't renew it.",
		},
		{
			Name: "email", Title: "E-mail", Format: "email", into: &s.email,
			Description: "E-mail address of the user whose permissions an API token gets. Goes with api_token.",
		},
		{
			Name: "api_token", Title: "API token", Secret: true, into: &s.apiToken,
			Description: "API token, instead of OAuth. Zendesk lets nobody create API tokens any more, ends those " +
				"unused for 30 days, and ends all of them on 2027-04-30.",
		},
		{
			Name: "oauth_scope", Title: "OAuth scope", Default: "read", into: &s.oauthScope,
			Description: "Scope asked for with client_id and client_secret.",
		},
	}
}

// readingSettings defines which part of history to read, and how.
func (s *settings) readingSettings() []Setting {
	return []Setting{
		{
			Name: "start_date", Title: "Start date", Format: "date-time", into: &s.startDate,
			Description: "Oldest modification time wanted, as a date (2026-01-31, in UTC) or an RFC 3339 time with " +
				"any offset. All history if absent. Where there is a later bookmark, that counts: only a full " +
				"refresh reads older rows again.",
		},
		{
			Name: "end_date", Title: "End date", Format: "date-time", into: &s.endDate,
			Description: "Stop before this modification time, in the form of start_date. For reading a window of " +
				"history.",
		},
		{
			Name: "requests_per_minute", Title: "Requests per minute", Default: "10", Minimum: 1, Maximum: 1000,
			into: &s.requestsPerMinute,
			Description: "The account's allowance of requests to these exports in any 60 seconds, shared by both " +
				"streams: 10 as Zendesk has it, 30 with the High Volume API add-on. Set it lower if other programs " +
				"use the same exports.",
		},
		{
			Name: "settle_seconds", Title: "Settling time in seconds", Default: "300", Maximum: 86_400,
			into: &s.settleSeconds,
			Description: "How many seconds the saved bookmark stays behind Zendesk's clock, since rows can become " +
				"visible late. What lies between is read again by the next run, and emitted again only where it " +
				"changed. Values that change without updated_at are not found by it, only by a full refresh.",
		},
		{
			Name: "on_full_second", Title: "On a full second", Default: "fail", Options: []string{"fail", "skip"},
			into: &s.onFullSecond,
			Description: "What to do when one second holds a page of rows or more, so that the API can't go past it: " +
				"fail, or skip what can't be reached, with a warning.",
		},
		{
			Name: "emit_activate_version_messages", Title: "Emit ACTIVATE_VERSION messages", Default: "false",
			into: &s.emitActivateVersion,
			Description: "For a stream that is read as FULL_TABLE: write an ACTIVATE_VERSION message behind its last " +
				"record, so that targets delete the rows that Zendesk no longer has. Only where neither start_date " +
				"nor end_date is set.",
		},
	}
}

// requestSettings defines what the requests are like.
func (s *settings) requestSettings() []Setting {
	return []Setting{
		{
			Name: "request_timeout_seconds", Title: "Request timeout in seconds",
			Default: "300", Minimum: 1, Maximum: 86_400,
			into:        &s.requestTimeoutSeconds,
			Description: "How long one request may take, its body included, in seconds.",
		},
		{
			Name: "max_retry_seconds", Title: "Longest retry in seconds", Default: "900", Maximum: 604_800,
			into: &s.maxRetrySeconds,
			Description: "How long a page that fails is tried again, in seconds: all attempts and the waits between " +
				"them, but not the waits that keep to requests_per_minute.",
		},
		{
			Name: "user_agent", Title: "User agent", into: &s.userAgent,
			Description: "User-Agent header of all requests; tap-zendesk-talk/ and its version if absent. Singer " +
				"suggests a contact address in it.",
		},
		{
			Name: "extra_headers", Title: "Extra headers", into: &s.extraHeaders,
			Description: "Further headers of all requests, as an object of strings, for a gateway that wants a key, " +
				"say. Not Authorization. Zendesk asks Marketplace integrations for some, which may mark the caller " +
				"as a third party.",
		},
		{
			Name: "api_url", Title: "API URL", Format: "uri", into: &s.apiURL,
			Description: "Another base URL than https://<subdomain>.zendesk.com: a proxy, a sandbox, a simulator. " +
				"https, unless the host is this machine.",
		},
	}
}

// Type returns the JSON Schema type of the setting's values.
func (d Setting) Type() string {
	switch d.into.(type) {
	case *int:
		return "integer"
	case *bool:
		return "boolean"
	case *map[string]string:
		return "object"
	}
	return "string"
}

// EnvironmentVariable returns the name of the variable that holds the setting if the word ENV is among the configs.
func (d Setting) EnvironmentVariable() string { return environmentPrefix + strings.ToUpper(d.Name) }

// windowed reports whether the settings leave out a part of history.
func (s *settings) windowed() bool { return s.start > 0 || s.end != talk.NoEnd }

// check completes s and returns all that is wrong with it, each mistake naming its key.
func (s *settings) check() error {
	// Both are copied from other programs' settings in these forms, and can't be meant literally.
	s.email = strings.TrimSuffix(s.email, "/token")
	if scheme, token, ok := strings.Cut(s.accessToken, " "); ok && strings.EqualFold(scheme, "Bearer") {
		s.accessToken = strings.TrimSpace(token)
	}
	errs := []error{s.checkLogin()}
	var err error
	s.baseURL, err = s.origin()
	errs = append(errs, err)
	s.start, err = readDate("start_date", s.startDate, 0)
	errs = append(errs, err)
	s.end, err = readDate("end_date", s.endDate, talk.NoEnd)
	errs = append(errs, err, s.checkHeaders())
	s.start = max(s.start, 0) // the API counts from 1970
	return errors.Join(errs...)
}

// Logins returns the ways to log in, each as the names of the settings that it takes. A config has exactly one, whole.
func Logins() [][]string {
	return [][]string{{"client_id", "client_secret"}, {"access_token"}, {"email", "api_token"}}
}

// checkLogin holds the settings to [Logins].
func (s *settings) checkLogin() error {
	values := make(map[string]string)
	for _, d := range s.loginSettings() {
		values[d.Name] = *d.into.(*string)
	}
	given := func(name string) bool { return values[name] != "" }
	missing := func(name string) bool { return values[name] == "" }
	var all, chosen []string
	for _, way := range Logins() {
		name := `"` + strings.Join(way, `" with "`) + `"`
		all = append(all, name)
		switch {
		case !slices.ContainsFunc(way, given):
		case slices.ContainsFunc(way, missing):
			return fmt.Errorf("one half of a login is missing: it needs %s", name)
		default:
			chosen = append(chosen, name)
		}
	}
	switch len(chosen) {
	case 0:
		return fmt.Errorf("no login: it needs %s", strings.Join(all, ", or "))
	case 1:
		return nil
	}
	return fmt.Errorf("more than one login: leave only one of %s", strings.Join(chosen, ", "))
}

var subdomainForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// origin returns the base URL of all requests.
func (s *settings) origin() (*url.URL, error) {
	if s.apiURL != "" {
		return readAPIURL(s.apiURL)
	}
	if s.subdomain == "" {
		return nil, errors.New(`"subdomain" is missing: the acme of acme.zendesk.com`)
	}
	address := strings.ToLower(strings.TrimSpace(s.subdomain))
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(address)
	switch {
	case strings.Contains(address, "@"): // what stands before it may be a password
		return nil, errors.New(`"subdomain" must hold no user name and no password, only the acme of acme.zendesk.com`)
	case err == nil:
		host := strings.TrimSuffix(strings.TrimSuffix(u.Hostname(), "."), ".zendesk.com")
		if subdomainForm.MatchString(host) {
			return &url.URL{Scheme: "https", Host: host + ".zendesk.com"}, nil
		}
	}
	return nil, fmt.Errorf(`"subdomain" is not a Zendesk subdomain: the acme of acme.zendesk.com is wanted, not %.80q`,
		s.subdomain)
}

// readAPIURL reads the setting of that name.
func readAPIURL(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(text), "/"))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New(`"api_url" is not an http(s) URL, such as https://acme.zendesk.com`)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New(`"api_url" must not hold a user name, a password, a query or a fragment`)
	}
	if u.Scheme == "http" && !talk.Loopback(u.Hostname()) {
		return nil, fmt.Errorf(`"api_url" must begin with https:// since credentials go there `+
			`(http only to this machine, not to %s)`, u.Host)
	}
	return u, nil
}

// readDate reads a date or a time as Unix seconds, rounded down. The key names the setting in the error.
func readDate(key, text string, absent int64) (int64, error) {
	if text == "" {
		return absent, nil
	}
	original := text
	text = strings.Replace(strings.ToUpper(strings.TrimSpace(text)), " ", "T", 1)
	for _, layout := range []string{
		time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04:05Z07", "2006-01-02T15:04:05", time.DateOnly,
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Unix(), nil
		}
	}
	return 0, fmt.Errorf(`"%s" is not a date such as 2026-01-31 or a time such as 2026-01-31T08:00:00Z: %.40q`,
		key, original)
}

// checkHeaders refuses headers that can't be sent, that are the tap's own, or that stand twice.
func (s *settings) checkHeaders() error {
	var errs []error
	reserved := []string{
		"Authorization", "Host", "Accept", "Accept-Encoding", "Content-Length", "Transfer-Encoding", "Connection",
		"User-Agent",
	}
	spellings := make(map[string]string)
	for _, name := range slices.Sorted(maps.Keys(s.extraHeaders)) {
		canonical := http.CanonicalHeaderKey(name)
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			errs = append(errs, fmt.Errorf(`"extra_headers": %.60q is not a header name`, name))
		case slices.Contains(reserved, canonical):
			errs = append(errs, fmt.Errorf(`"extra_headers" can't hold %s`, canonical))
		case !httpguts.ValidHeaderFieldValue(s.extraHeaders[name]):
			errs = append(errs,
				fmt.Errorf(`"extra_headers": the value of %s holds characters that no header can hold`, name))
		case spellings[canonical] != "":
			errs = append(errs, fmt.Errorf(`"extra_headers": %s and %s are one header: leave only one of them`,
				spellings[canonical], name))
		}
		spellings[canonical] = name
	}
	if !httpguts.ValidHeaderFieldValue(s.userAgent) {
		errs = append(errs, errors.New(`"user_agent" holds characters that no header can hold`))
	}
	if !httpguts.ValidHeaderFieldValue(s.accessToken) {
		errs = append(errs, errors.New(`"access_token" holds characters that no header can hold, such as a line end`))
	}
	return errors.Join(errs...)
}
