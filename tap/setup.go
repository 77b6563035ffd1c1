package tap

import (
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/singer"
	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// prepare reads everything that a sync needs, so that it fails before it writes or asks for anything.
func (p *program) prepare(a arguments) (*job, error) {
	s, transport, err := p.readSettings(a)
	if err != nil {
		return nil, err
	}
	catalog, err := readOptional("catalog", a.catalog)
	if err != nil {
		return nil, err
	}
	selected, warnings, err := singer.Select(catalog, streams())
	if err != nil {
		return nil, fmt.Errorf("the catalog %s: %w", a.catalog, err)
	}
	for _, w := range warnings {
		p.log.Warn(w)
	}
	state, err := p.readState(a.state)
	if err != nil {
		return nil, err
	}
	j := &job{
		program:  p,
		settings: s,
		test:     a.test,
		out:      singer.NewWriter(p.stdout),
		state:    state,
	}
	j.client = talk.NewClient(j.clientConfig(transport))
	for i := range selected {
		stream, err := p.readStream(&selected[i], state, a.state)
		if err != nil {
			return nil, err
		}
		j.streams = append(j.streams, stream)
	}
	return j, nil
}

// settings returns the settings to run with, and the transport: the program's, or the simulated account's.
func (p *program) readSettings(a arguments) (*settings, http.RoundTripper, error) {
	if a.demo {
		s, err := demoSettings()
		return s, demoAccount(), err
	}
	s, warnings, err := readConfig(a.configs, p.env)
	for _, w := range warnings {
		p.log.Warn(w)
	}
	return s, p.transport, err
}

// readState reads the state file, if one is given.
func (p *program) readState(file string) (*singer.State, error) {
	data, err := readOptional("state", file)
	if err != nil {
		return nil, err
	}
	state, err := singer.ParseState(data)
	if err != nil {
		return nil, fmt.Errorf("the state %s: %w", file, err)
	}
	if state.Foreign("calls", "legs") {
		p.log.Warn("the state " + file + " holds no bookmark of calls or legs, as far as this tap understands it: everything will be read")
	}
	return state, nil
}

// readOptional reads a file whose name may be empty, which gives nil.
func readOptional(kind, file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the %s: %w", kind, err)
	}
	return data, nil
}

// readStream reads a selected stream's bookmark. A stream that is read in full has none.
func (p *program) readStream(selected *singer.Selected, state *singer.State, file string) (*stream, error) {
	s := &stream{Selected: selected, projection: singer.NewProjection(selected, 0)}
	if s.FullTable {
		return s, nil
	}
	var warnings []string
	var err error
	s.bookmark, warnings, err = readBookmark(state.Bookmark(s.Name), s.ReplicationKey)
	if err != nil {
		return nil, fmt.Errorf("the state %s: bookmarks.%s.%w", file, s.Name, err)
	}
	for _, w := range warnings {
		p.log.Warn(w, streamKey, s.Name)
	}
	return s, nil
}

// clientConfig is what the settings mean to the API's client.
func (j *job) clientConfig(transport http.RoundTripper) talk.Config {
	s := j.settings
	agent := s.userAgent
	if agent == "" {
		agent = name + "/" + version()
	}
	return talk.Config{
		BaseURL: s.baseURL,
		Login: talk.Login{
			ClientID: s.clientID, ClientSecret: s.clientSecret, Scope: s.oauthScope,
			AccessToken: s.accessToken,
			Email:       s.email, APIToken: s.apiToken,
		},
		RequestsPerMinute: s.requestsPerMinute,
		RequestTimeout:    time.Duration(s.requestTimeoutSeconds) * time.Second,
		MaxRetry:          time.Duration(s.maxRetrySeconds) * time.Second,
		UserAgent:         agent,
		Headers:           s.extraHeaders,
		Transport:         transport,
		Log:               j.log,
		OnRequest:         j.countRequest,
		JitterSeed:        uint64(time.Now().UnixNano()), // so that many taps that fail together don't return together
	}
}
