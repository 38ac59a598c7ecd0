package wire

import (
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/backstay/backstay/engine/storage"
)

// Settings say where the platform is and who asks. The token is kept from
// whoever prints them.
type Settings struct {
	Protocol string // "https" or "http"
	Host     string
	Port     string
	Project  string // the current project of the user's login, "" none
	token    string
	roots    *x509.CertPool // of DX_CA_CERT; nil: the system's
}

// Where the platform is unless something else is said.
const (
	defaultProtocol = "https"
	defaultHost     = "api.dnanexus.com"
	defaultPort     = "443"
)

// ReadSettings reads the settings as the platform's own client does: lookup
// (the environment) goes before environment.json of the user's folder
// (DX_USER_CONF_DIR, else .dnanexus_config below home). A user without any is
// no error yet; see LoggedIn.
func ReadSettings(lookup func(string) (string, bool), home string) (Settings, error) {
	stored, err := readStored(lookup, home)
	if err != nil {
		return Settings{}, err
	}
	get := func(name, otherwise string) string {
		if v, ok := lookup(name); ok && v != "" {
			return v
		}
		if v := stored[name]; v != "" {
			return v
		}
		return otherwise
	}
	s := Settings{
		Protocol: get("DX_APISERVER_PROTOCOL", defaultProtocol),
		Host:     get("DX_APISERVER_HOST", defaultHost),
		Port:     get("DX_APISERVER_PORT", defaultPort),
		Project:  get("DX_PROJECT_CONTEXT_ID", ""),
	}
	if s.Protocol != "http" && s.Protocol != "https" {
		return Settings{}, fmt.Errorf("DX_APISERVER_PROTOCOL is neither http nor https")
	}
	if s.token, err = tokenIn(get("DX_SECURITY_CONTEXT", "")); err != nil {
		return Settings{}, err
	}
	s.roots, err = rootsIn(get("DX_CA_CERT", ""))
	return s, err
}

// rootsIn reads the certificates that a server may be vouched for by.
func rootsIn(path string) (*x509.CertPool, error) {
	switch path {
	case "":
		return nil, nil
	case "NOVERIFY":
		return nil, errors.New("DX_CA_CERT is NOVERIFY, but whom copies go to is always checked: name a file with the certificate of your authority")
	}
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the certificates that DX_CA_CERT names: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s, which DX_CA_CERT names, holds no certificate", path)
	}
	return pool, nil
}

// readStored reads environment.json: texts by name.
func readStored(lookup func(string) (string, bool), home string) (map[string]string, error) {
	dir, ok := lookup("DX_USER_CONF_DIR")
	if !ok || dir == "" {
		if home == "" {
			return nil, nil
		}
		dir = filepath.Join(home, ".dnanexus_config")
	}
	path := filepath.Join(dir, "environment.json")
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read dx's settings: %w", err)
	}
	var values map[string]any
	if err := json.Unmarshal(raw, &values); err != nil {
		return nil, fmt.Errorf("%s is not what dx writes: a map of texts in JSON", path)
	}
	out := map[string]string{}
	for name, value := range values {
		if text, ok := value.(string); ok {
			out[name] = text
		}
	}
	return out, nil
}

// tokenIn takes the token out of a security context, JSON of its type and
// itself.
func tokenIn(context string) (string, error) {
	if context == "" {
		return "", nil
	}
	var c struct {
		Token string `json:"auth_token"`
	}
	if err := json.Unmarshal([]byte(context), &c); err != nil || c.Token == "" {
		// The text itself may hold a token, so it is not shown.
		return "", errors.New(`DX_SECURITY_CONTEXT is not {"auth_token_type": "Bearer", "auth_token": "..."}`)
	}
	return c.Token, nil
}

// WithToken gives the settings another token; "" leaves it.
func (s Settings) WithToken(token string) Settings {
	if token != "" {
		s.token = token
	}
	return s
}

// WithServer gives the settings another server, as a URL; "" leaves it.
func (s Settings) WithServer(address string) (Settings, error) {
	if address == "" {
		return s, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || strings.Trim(u.Path, "/") != "" {
		return s, fmt.Errorf("api %q is not a URL such as https://%s", address, defaultHost)
	}
	s.Protocol, s.Host, s.Port = u.Scheme, u.Hostname(), u.Port()
	if s.Port == "" {
		s.Port = map[string]string{"http": "80", "https": defaultPort}[u.Scheme]
	}
	return s, nil
}

// LoggedIn is an error, which says what to do, unless there is a token.
func (s Settings) LoggedIn() error {
	if s.token != "" {
		return nil
	}
	return fmt.Errorf("no login to DNAnexus was found: set DX_SECURITY_CONTEXT, or run \"dx login\": %w", storage.ErrPermission)
}

func (s Settings) base() string {
	host := s.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return s.Protocol + "://" + host + ":" + s.Port
}

// String is the server's address.
func (s Settings) String() string { return s.base() }

// GoString keeps the token out of %#v.
func (s Settings) GoString() string { return "wire.Settings{" + s.base() + "}" }
