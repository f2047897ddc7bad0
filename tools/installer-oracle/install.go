package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"github.com/kairos-io/kairos-agent/v2/pkg/config"
	"github.com/kairos-io/kairos-sdk/collector"
	"github.com/kairos-io/kairos-sdk/types"
	"github.com/twpayne/go-vfs/v5"
	"gopkg.in/yaml.v3"
)

// installed is what the agent does with cloud-configs: before the install, and at a boot of the installed system. Of
// the errors, the first one that happens is set.
type installed struct {
	// Panic is set if the agent crashes.
	Panic string `json:"panic,omitempty"`
	// CollectorError is set if the cloud-configs cannot be merged.
	CollectorError string `json:"collectorError,omitempty"`
	// ConfigError is set if the merged cloud-config is not a configuration of the agent: it does not install.
	ConfigError string `json:"configError,omitempty"`
	// UsersError is set if the agent refuses to install because no user is an administrator.
	UsersError string `json:"usersError,omitempty"`
	// SpecError is set if the keys of `install` are no specification of an install: the agent does not install.
	SpecError string `json:"specError,omitempty"`
	// BootError is set if the agent cannot merge the dumped cloud-config with the CD's at the installed system's boot.
	BootError string `json:"bootError,omitempty"`
	// Config is the agent's configuration, without the fields that are empty.
	Config any `json:"config,omitempty"`
	// Dumped is the text of /oem/90_custom.yaml of the installed system, Boot what yip makes of it.
	Dumped string  `json:"dumped,omitempty"`
	Boot   *loaded `json:"boot,omitempty"`
}

// install goes the way of the agent's function of this name, without a disk. The validation by the JSON schema is left
// out, because the agent only prints what it finds.
func (agent agent) install(texts []string) (result installed) {
	defer func() {
		if cause := recover(); cause != nil {
			result.Panic = fmt.Sprint(cause)
		}
	}()
	merged, dumped, err := agent.collect(texts)
	if err != nil {
		return installed{CollectorError: err.Error()}
	}
	boot := loadFile(dumped)
	result.Dumped, result.Boot = dumped, &boot

	settings := agent.defaults
	settings.Install = &config.Install{}
	settings.Config = *merged
	if err := yaml.Unmarshal([]byte(dumped), &settings); err != nil {
		result.ConfigError = err.Error()
		return result
	}
	result.Config = plain(settings)
	if err := settings.CheckForUsers(); err != nil {
		result.UsersError = err.Error()
	}
	if err := checkSpec(&settings); err != nil {
		result.SpecError = err.Error()
		return result
	}
	// The CD is often still there when the installed system starts, and is read a second time.
	if _, _, err := agent.collect([]string{dumped, texts[len(texts)-1]}); err != nil {
		result.BootError = err.Error()
	}
	return result
}

// collect merges the cloud-configs in the order of the list, as files of /oem. The text is what the agent makes of them.
func (agent agent) collect(texts []string) (merged *collector.Config, dumped string, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("panic: %v", cause)
		}
	}()
	folder := filepath.Join(agent.root, "oem")
	if err := os.RemoveAll(folder); err != nil {
		return nil, "", err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, "", err
	}
	for index, text := range texts {
		// The collector prints this error, and goes on with what it could decode.
		if err := yaml.Unmarshal([]byte(text), &collector.ConfigValues{}); err != nil {
			return nil, "", fmt.Errorf("only a part is read: %w", err)
		}
		file := filepath.Join(folder, fmt.Sprintf("%02d.yaml", index))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return nil, "", err
		}
	}
	options := &collector.Options{}
	if err := options.Apply(collector.Directories(folder), collector.NoLogs); err != nil {
		return nil, "", err
	}
	merged, err = collector.Scan(options, config.FilterKeys)
	if err != nil {
		return nil, "", err
	}
	dumped, err = merged.String()
	return merged, dumped, err
}

// checkSpec makes the agent's specification of an install onto a disk that no machine has.
func checkSpec(settings *config.Config) error {
	spec, err := config.NewInstallSpec(settings)
	if err != nil {
		return err
	}
	spec.Target = "/dev/installer-oracle"
	return spec.Sanitize()
}

// agent is the installer without a machine.
type agent struct {
	root     string
	defaults config.Config
}

// newAgent makes below `root` the folder that the agent installs from.
func newAgent(root string) (agent, error) {
	live := filepath.Join(root, "live")
	if err := os.MkdirAll(filepath.Join(live, "run/rootfsbase"), 0o700); err != nil {
		return agent{}, err
	}
	http.DefaultTransport = noNetwork{}
	defaults := config.NewConfig(
		config.WithLogger(types.NewNullLogger()),
		config.WithFs(vfs.NewPathFS(vfs.OSFS, live)),
		config.WithImageExtractor(noImages{}),
	)
	return agent{root, *defaults}, nil
}

// noImages answers for every container image that it is empty.
type noImages struct{}

func (noImages) ExtractImage(string, string, string) error     { return nil }
func (noImages) GetOCIImageSize(string, string) (int64, error) { return 0, nil }

// noNetwork answers every request with an empty body, which the collector takes for a file without a header.
type noNetwork struct{}

func (noNetwork) RoundTrip(request *http.Request) (*http.Response, error) {
	body := io.NopCloser(bytes.NewReader(nil))
	return &http.Response{StatusCode: http.StatusOK, Body: body, Request: request}, nil
}
