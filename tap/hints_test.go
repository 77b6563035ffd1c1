package tap

import (
	"encoding/pem"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/tap-zendesk-talk/tap-zendesk-talk/tap/talk"
)

// adviceFor returns what a run with these settings and this environment advises after a failure.
func adviceFor(s *settings, env environment, e *talk.Error) string {
	j := &job{program: &program{env: env}, settings: s}
	a, ok := errors.AsType[*adviceError](j.advise(fmt.Errorf("wrapped: %w", e)))
	if !ok {
		return ""
	}
	return a.advice
}

// Every kind of failure has advice, with any login and any account.
func TestEveryKindHasAHint(t *testing.T) {
	t.Parallel()
	for _, bounds := range [][2]talk.Kind{
		{talk.KindConnection, talk.KindUnsendable},
		{talk.KindRequest, talk.KindLoginPage},
		{talk.KindBody, talk.KindUnexpected},
	} {
		for kind := bounds[0]; kind <= bounds[1]; kind++ {
			for _, s := range []*settings{{}, {clientID: "x"}, {accessToken: "x", apiURL: "x"}} {
				if adviceFor(s, nil, &talk.Error{Kind: kind}) == "" {
					t.Errorf("kind %d has no hint with %+v", kind, s)
				}
			}
		}
	}
}

// The advice fits its case.
func TestHintsFit(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	missing, some, text := filepath.Join(dir, "no.pem"), filepath.Join(dir, "some.pem"), filepath.Join(dir, "text.pem")
	server := httptest.NewTLSServer(nil)
	server.Close()
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("key")})
	if err := errors.Join(os.WriteFile(some, certificate, 0o600), os.WriteFile(text, key, 0o600)); err != nil {
		t.Fatal(err)
	}
	const list = string(filepath.ListSeparator)
	end := time.Date(2027, 4, 30, 0, 0, 0, 0, time.UTC) // of API tokens
	oauth, bearer, api := &settings{clientID: "x"}, &settings{accessToken: "x"}, &settings{apiToken: "x"}
	for name, test := range map[string]struct {
		settings *settings
		env      environment
		failure  talk.Error
		want     string // how the advice begins
		not      string // what it must not hold; "" for nothing
	}{
		"certificate for another name": {
			api, nil, talk.Error{Kind: talk.KindCertificateName},
			"is api_url (or subdomain) the right address", "SSL_CERT",
		},
		"SSL_CERT_FILE that is not read": {
			api, environment{"SSL_CERT_FILE=" + missing}, talk.Error{Kind: talk.KindCertificateAuthority},
			"SSL_CERT_FILE names no file of certificates", "",
		},
		"SSL_CERT_DIR that is not read": {
			api, environment{"SSL_CERT_DIR=" + missing}, talk.Error{Kind: talk.KindCertificateAuthority},
			"SSL_CERT_DIR names no directory of certificates", "",
		},
		"SSL_CERT_FILE without a certificate": {
			api, environment{"SSL_CERT_FILE=" + text}, talk.Error{Kind: talk.KindCertificateAuthority},
			"SSL_CERT_FILE names no file of certificates", "",
		},
		"SSL_CERT_FILE that is a directory": {
			api, environment{"SSL_CERT_FILE=" + dir}, talk.Error{Kind: talk.KindCertificateAuthority},
			"SSL_CERT_FILE names no file of certificates", "",
		},
		"SSL_CERT_DIR without a certificate": {
			api, environment{"SSL_CERT_DIR=" + t.TempDir()}, talk.Error{Kind: talk.KindCertificateAuthority},
			"SSL_CERT_DIR names no directory of certificates", "",
		},
		"SSL_CERT_DIR of two that are read": {
			api, environment{"SSL_CERT_DIR=" + t.TempDir() + list + dir},
			talk.Error{Kind: talk.KindCertificateAuthority},
			"is a proxy in between", "",
		},
		"SSL_CERT_FILE that is read": {
			api, environment{"SSL_CERT_FILE=" + some}, talk.Error{Kind: talk.KindCertificateAuthority},
			"is a proxy in between", "",
		},
		"no such subdomain": {
			api, nil, talk.Error{Kind: talk.KindHost},
			"has this machine a network and DNS?", "",
		},
		"no such host of api_url": {
			&settings{apiURL: "https://x"}, nil, talk.Error{Kind: talk.KindHost},
			"check api_url", "subdomain",
		},
		"no DNS": {
			api, nil, talk.Error{Kind: talk.KindDNS},
			"this machine's DNS does not answer", "subdomain",
		},
		"ALL_PROXY": {
			api, environment{"all_proxy=http://proxy"}, talk.Error{Kind: talk.KindConnection},
			"ALL_PROXY is set, which this program does not read", "",
		},
		"both proxies": {
			api, environment{"all_proxy=x", "https_proxy=x"}, talk.Error{Kind: talk.KindConnection},
			"check the network", "",
		},
		"no answer": {
			api, nil, talk.Error{Kind: talk.KindConnection},
			"check the network", "",
		},
		"401, OAuth client": {
			oauth, nil, talk.Error{Kind: talk.KindCredentials},
			"a new token was refused too", "",
		},
		"401, access token": {
			bearer, nil, talk.Error{Kind: talk.KindCredentials},
			"access_token is wrong", "",
		},
		"401, API token": {
			api, nil, talk.Error{Kind: talk.KindCredentials, ServerTime: end.Add(-time.Second)},
			"check email and api_token", "",
		},
		"401, API token that ended": {
			api, nil, talk.Error{Kind: talk.KindCredentials, ServerTime: end},
			"Zendesk ended API tokens", "",
		},
		"scope, token request": {
			oauth, nil, talk.Error{Kind: talk.KindScope, Endpoint: talk.TokenEndpoint},
			`set oauth_scope to "read"`, "",
		},
		"scope, OAuth client": {
			oauth, nil, talk.Error{Kind: talk.KindScope},
			`the token lacks the scope "read": set oauth_scope`, "",
		},
		"scope, access token": {
			bearer, nil, talk.Error{Kind: talk.KindScope},
			`the token lacks the scope "read": get one`, "",
		},
		"not before a time": {
			api, nil, talk.Error{Kind: talk.KindRateLimited, RetryAt: time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)},
			"run again after 2026-03-04T05:06:07Z, Zendesk says; other programs", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := adviceFor(test.settings, test.env, &test.failure)
			if !strings.HasPrefix(got, test.want) || test.not != "" && strings.Contains(got, test.not) {
				t.Errorf("got the advice %q, want %q… without %q", got, test.want, test.not)
			}
		})
	}
}

// Package talk tells what happened without the name of a setting, since settings are the program's.
func TestTalkNamesNoSetting(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("talk/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d files: %v", len(files), err)
	}
	literal := regexp.MustCompile("\"(\\\\.|[^\"\\\\\n])*\"|`[^`\n]*`")
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, setting := range AllSettings() {
			// OAuth itself has these names.
			oauth := strings.HasPrefix(setting.Name, "client_") || setting.Name == "access_token"
			for _, s := range literal.FindAllString(string(text), -1) {
				if !oauth && setting.Name != "email" && strings.Contains(s, setting.Name) {
					t.Errorf("%s names the setting %s in %s", file, setting.Name, s)
				}
			}
		}
	}
}

// Each row of the page about troubleshooting has two cells. What is written by hand quotes words of the program.
func TestTroubleshooting(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	for _, pattern := range []string{"*.go", "singer/*.go", "talk/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("found no %s: %v", pattern, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			source.Write(text)
		}
	}
	rows, byHand := 0, false
	for line := range strings.Lines(string(page)) {
		byHand = byHand || strings.Contains(line, "<!-- end -->")
		cells := strings.Split(strings.ReplaceAll(line, `\|`, ""), "|")
		if len(cells) == 1 || !strings.Contains(cells[1], "`") {
			continue
		}
		rows++
		if len(cells) != 4 {
			t.Errorf("a row has not two cells: %s", line)
		}
		for _, words := range regexp.MustCompile("[`…·]+").Split(strings.TrimSpace(cells[1]), -1) {
			if byHand && !strings.Contains(source.String(), words) {
				t.Errorf("the program does not say %q: %s", words, line)
			}
		}
	}
	if rows <= len(hints()) {
		t.Errorf("got %d rows, want more than the %d hints", rows, len(hints()))
	}
}
