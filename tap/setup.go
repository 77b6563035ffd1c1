package tap

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
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
	catalog, err := readFile("catalog", a.catalog)
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
	config := j.clientConfig(transport)
	if a.demo {
		config.MaxSkew = 0 // its clock stands still
	}
	j.client = talk.NewClient(config)
	for i := range selected {
		stream, err := j.newStream(&selected[i], a.state)
		if err != nil {
			return nil, err
		}
		j.streams = append(j.streams, stream)
	}
	if s.windowed() && slices.ContainsFunc(j.streams, func(s *stream) bool { return s.version != 0 }) {
		p.log.Warn(`"emit_activate_version_messages": no ACTIVATE_VERSION will be written, since "start_date" or ` +
			`"end_date" leaves rows out, which targets would delete`)
	}
	return j, nil
}

// readSettings returns the settings to run with, and the transport: the program's, or the simulated account's.
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

// readState reads the state file, if there is one.
func (p *program) readState(file string) (*singer.State, error) {
	data, err := readFile("state", file)
	if err != nil {
		return nil, err
	}
	state, err := singer.ParseState(data)
	if err != nil {
		return nil, fmt.Errorf("the state %s: %w", file, err)
	}
	var names []string
	for _, d := range Definitions() {
		names = append(names, d.Name)
	}
	if state.Foreign(names...) {
		p.log.Warn(fmt.Sprintf("the state %s holds no bookmark of %s: everything from the start date on will be read",
			file, strings.Join(names, " or ")))
	}
	return state, nil
}

// readFile returns the content of a file, whose kind is for errors; nil if no file is named.
func readFile(kind, file string) ([]byte, error) {
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading the %s: %w", kind, err)
	}
	return data, nil
}

// newStream makes a selected stream ready, with its bookmark from the state, whose file is for errors. One that is read
// in full has no bookmark, but a version if targets are to delete the rows that this run does not bring.
func (j *job) newStream(selected *singer.Selected, file string) (*stream, error) {
	s := &stream{Selected: selected}
	if s.FullTable && j.settings.emitActivateVersion {
		s.version = time.Now().UnixMilli()
	}
	s.projection = singer.NewProjection(selected, s.version)
	if s.FullTable {
		return s, nil
	}
	var warnings []string
	var err error
	s.bookmark, warnings, err = readBookmark(j.state.Bookmark(s.Name), s.ReplicationKey)
	if err != nil {
		return nil, fmt.Errorf("the state %s: bookmarks.%s.%w", file, s.Name, err)
	}
	for _, w := range warnings {
		j.log.Warn(w, streamKey, s.Name)
	}
	if s.bookmark.moved {
		j.log.Info("the bookmark was moved since its seen list was written: the list counts for nothing, and every "+
			"row from there on is emitted", streamKey, s.Name)
	}
	return s, nil
}

// clientConfig returns what the settings mean to the API's client.
func (j *job) clientConfig(transport http.RoundTripper) talk.Config {
	s := j.settings
	agent := s.userAgent
	if agent == "" {
		agent = programName + "/" + version()
	}
	maxRetry := time.Duration(s.maxRetrySeconds) * time.Second
	if j.test != "" {
		maxRetry = min(maxRetry, longestTestRetry)
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
		MaxRetry:          maxRetry,
		UserAgent:         agent,
		Headers:           s.extraHeaders,
		Transport:         transport,
		Getenv:            j.env.get,
		MaxSkew:           time.Hour,
		Log:               j.log,
		OnRequest:         j.countRequest,
		JitterSeed:        uint64(time.Now().UnixNano()), // so that many taps that fail together don't return together
	}
}
