package tap

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// Settings is the tap's configuration. It is the one definition of it: the field comments and tags become
// schemas/config.json (schemas/gen), and from that come the reading of config files, --about, the README's table and
// the Meltano files. Seconds are whole seconds; what is absent has its default.
type Settings struct {
	// The acme of acme.zendesk.com. The whole host name or the address of any page of the account does as well.
	// Required, unless api_url is given.
	Subdomain string `json:"subdomain" jsonschema:"title=Subdomain"`
	// Unique identifier of the account's OAuth client (Admin Center, Apps and integrations, APIs, OAuth clients). The client
	// must be confidential and allowed the client-credentials grant. A token is requested when needed, and again before
	// it ends or when it is refused.
	ClientID string `json:"client_id" jsonschema:"title=OAuth client ID"`
	// Secret of the OAuth client.
	ClientSecret string `json:"client_secret" jsonschema:"title=OAuth client secret" jsonschema_extras:"secret=true"`
	// A ready OAuth access token, instead of an OAuth client. The tap can't renew it.
	AccessToken string `json:"access_token" jsonschema:"title=OAuth access token" jsonschema_extras:"secret=true"`
	// E-mail address of the user whose permissions an API token gets. Goes with api_token.
	Email string `json:"email" jsonschema:"title=E-mail,format=email"`
	// API token, instead of OAuth. Zendesk lets nobody create API tokens any more, ends those unused for 30 days, and
	// ends all of them on 2027-04-30.
	APIToken string `json:"api_token" jsonschema:"title=API token" jsonschema_extras:"secret=true"`
	// Scope asked for with client_id and client_secret.
	OAuthScope string `json:"oauth_scope" jsonschema:"title=OAuth scope,default=read"`
	// Oldest modification time wanted at the first sync, as a date (2026-01-31, in UTC) or an RFC 3339 time with any
	// offset. All history if absent. An earlier one than the bookmark's does not read older rows again: a full refresh does.
	StartDate string `json:"start_date" jsonschema:"title=Start date,format=date-time"`
	// Stop before this modification time, in the form of start_date. For reading a window of history.
	EndDate string `json:"end_date" jsonschema:"title=End date,format=date-time"`
	// The account's allowance of requests to these exports in any 60 seconds, shared by both streams: 10 as Zendesk has
	// it, 30 with the High Volume API add-on. Set it lower if other programs use the same exports.
	RequestsPerMinute int `json:"requests_per_minute" jsonschema:"title=Requests per minute,default=10,minimum=1,maximum=1000"`
	// How many seconds the saved bookmark stays behind Zendesk's clock, since rows can become visible late. What lies
	// between is read again by the next run, and emitted again only where it changed. Not a look-back for values that
	// change without updated_at.
	SettleSeconds int `json:"settle_seconds" jsonschema:"title=Settling time in seconds,default=300,minimum=0,maximum=86400"`
	// What to do when one second holds a page of rows or more, so that the API can't go past it: fail, or skip what can't
	// be reached, with a warning.
	OnFullSecond string `json:"on_full_second" jsonschema:"title=On a full second,default=fail,enum=fail,enum=skip"`
	// How long one request may take, its body included, in seconds.
	RequestTimeoutSeconds int `json:"request_timeout_seconds" jsonschema:"title=Request timeout in seconds,default=300,minimum=1,maximum=86400"`
	// How long one page may stay without success, in seconds: all attempts and the waits between them, but not the waits
	// that keep to requests_per_minute.
	MaxRetrySeconds int `json:"max_retry_seconds" jsonschema:"title=Longest retry in seconds,default=900,minimum=0,maximum=604800"`
	// User-Agent header of all requests; tap-zendesk-talk/ and its version if absent. Singer suggests a contact address in it.
	UserAgent string `json:"user_agent" jsonschema:"title=User agent"`
	// Further headers of all requests, as an object of strings. Zendesk asks Marketplace integrations for some. Not
	// Authorization.
	ExtraHeaders map[string]string `json:"extra_headers" jsonschema:"title=Extra headers"`
	// Another base URL than https://<subdomain>.zendesk.com: a proxy, a sandbox, a simulator. https, unless the host is
	// this machine.
	APIURL string `json:"api_url" jsonschema:"title=API URL,format=uri"`

	baseURL    *url.URL // of APIURL or Subdomain
	start, end int64    // of StartDate and EndDate, in Unix seconds
}

// check completes s and returns all that is wrong with it, each mistake naming its key.
func (s *Settings) check() error {
	errs := []error{s.checkLogin()}
	var err error
	s.baseURL, err = s.origin()
	errs = append(errs, err)
	s.start, err = readDate("start_date", s.StartDate, 0)
	errs = append(errs, err)
	s.end, err = readDate("end_date", s.EndDate, talk.NoEnd)
	errs = append(errs, err, s.checkHeaders())
	s.start = max(s.start, 0) // the API counts from 1970
	return errors.Join(errs...)
}

// checkLogin accepts exactly one of the three ways to log in, whole.
func (s *Settings) checkLogin() error {
	ways := []struct {
		name        string
		have, whole bool
	}{
		{`"client_id" with "client_secret"`, s.ClientID+s.ClientSecret != "", s.ClientID != "" && s.ClientSecret != ""},
		{`"access_token"`, s.AccessToken != "", true},
		{`"email" with "api_token"`, s.Email+s.APIToken != "", s.Email != "" && s.APIToken != ""},
	}
	var names []string
	for _, w := range ways {
		if w.have {
			names = append(names, w.name)
			if !w.whole {
				return fmt.Errorf("one half of a login is missing: it needs %s", w.name)
			}
		}
	}
	switch len(names) {
	case 0:
		return errors.New(`no login: it needs "client_id" with "client_secret", or "access_token", or "email" with "api_token"`)
	case 1:
		return nil
	}
	return fmt.Errorf("more than one login: leave only one of %s", strings.Join(names, ", "))
}

// origin returns the base URL of all requests.
func (s *Settings) origin() (*url.URL, error) {
	if s.APIURL != "" {
		return readAPIURL(s.APIURL)
	}
	if s.Subdomain == "" {
		return nil, errors.New(`"subdomain" is missing: the acme of acme.zendesk.com`)
	}
	host := strings.ToLower(strings.TrimSpace(s.Subdomain))
	if _, rest, ok := strings.Cut(host, "://"); ok {
		host = rest
	}
	host, _, _ = strings.Cut(host, "/")
	host = strings.TrimSuffix(host, ".zendesk.com")
	if !regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`).MatchString(host) {
		return nil, fmt.Errorf(`"subdomain" is not a Zendesk subdomain: the acme of acme.zendesk.com is wanted, not %.80q`, s.Subdomain)
	}
	return &url.URL{Scheme: "https", Host: host + ".zendesk.com"}, nil
}

func readAPIURL(text string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimRight(strings.TrimSpace(text), "/"))
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return nil, errors.New(`"api_url" is not an http(s) URL, such as https://acme.zendesk.com`)
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New(`"api_url" must not hold a user name, a password, a query or a fragment`)
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf(`"api_url" must begin with https:// since credentials go there (http only to this machine, not to %s)`, u.Host)
	}
	return u, nil
}

// readDate reads a date or a time as Unix seconds, rounded down.
func readDate(key, text string, absent int64) (int64, error) {
	if text == "" {
		return absent, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", time.DateTime} {
		if t, err := time.Parse(layout, strings.ToUpper(strings.TrimSpace(text))); err == nil {
			return t.Unix(), nil
		}
	}
	return 0, fmt.Errorf(`"%s" is not a date such as 2026-01-31 or a time such as 2026-01-31T08:00:00Z: %.40q`, key, text)
}

func (s *Settings) checkHeaders() error {
	var errs []error
	reserved := []string{"Authorization", "Host", "Accept", "Accept-Encoding", "Content-Length", "Transfer-Encoding", "Connection", "User-Agent"}
	token := regexp.MustCompile("^[-!#$%&'*+.^_`|~0-9A-Za-z]+$") // RFC 9110, 5.6.2
	for name, value := range s.ExtraHeaders {
		switch {
		case !token.MatchString(name):
			errs = append(errs, fmt.Errorf(`"extra_headers": %.60q is not a header name`, name))
		case slices.Contains(reserved, http.CanonicalHeaderKey(name)):
			errs = append(errs, fmt.Errorf(`"extra_headers" can't hold %s`, http.CanonicalHeaderKey(name)))
		case !headerValue(value):
			errs = append(errs, fmt.Errorf(`"extra_headers": the value of %s holds characters that no header can hold`, name))
		}
	}
	slices.SortFunc(errs, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	if !headerValue(s.UserAgent) {
		errs = append(errs, errors.New(`"user_agent" holds characters that no header can hold`))
	}
	if !headerValue(s.AccessToken) {
		errs = append(errs, errors.New(`"access_token" holds characters that no header can hold, such as a line end`))
	}
	return errors.Join(errs...)
}

func headerValue(v string) bool {
	return !strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f })
}

// decode fills s from normalized values, one JSON value per key, see readConfig.
func (s *Settings) decode(values []value) error {
	object := []byte{'{'}
	for i, v := range values {
		if i > 0 {
			object = append(object, ',')
		}
		object = fmt.Appendf(object, "%q:%s", v.key, v.raw)
	}
	return json.Unmarshal(append(object, '}'), s)
}
