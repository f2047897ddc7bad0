package main

import (
	"fmt"
	"strings"

	"github.com/mudler/yip/pkg/schema"
	"gopkg.in/yaml.v3"
)

// loaded is what yip makes of one file.
type loaded struct {
	// Error is set if yip does not load the file. It then loads no other file of the same folder.
	Error string `json:"error,omitempty"`
	// StagesError is set if yip loads the file without its stages, and tells nobody.
	StagesError string `json:"stagesError,omitempty"`
	// Stages are the stages as yip decoded them, without the fields that are empty.
	Stages any `json:"stages,omitempty"`
	// CloudConfig are the stages that yip made of cloud-init's keys: write_files, users, runcmd and others.
	CloudConfig any `json:"cloudConfig,omitempty"`
}

func loadFile(text string) (result loaded) {
	defer func() {
		if cause := recover(); cause != nil {
			result = loaded{Error: fmt.Sprintf("panic: %v", cause)}
		}
	}()
	whole, err := schema.Load(text, nil, nil, nil)
	if err != nil {
		return loaded{Error: err.Error()}
	}
	// For a cloud-config, yip hides the error of the stages. Without the header it reads only the stages, with the
	// same decoder.
	_, body, _ := strings.Cut(text, "\n")
	own, err := schema.Load(body, nil, nil, nil)
	if err != nil {
		result.StagesError = err.Error()
		own = &schema.YipConfig{}
	}
	result.Stages = plain(own.Stages)
	result.CloudConfig = plain(withoutOwn(whole.Stages, own.Stages))
	return result
}

// withoutOwn are the steps before the file's own ones, which yip appends to those of cloud-init's keys.
func withoutOwn(whole, own map[string][]schema.Stage) map[string][]schema.Stage {
	rest := map[string][]schema.Stage{}
	for name, steps := range whole {
		rest[name] = steps[:len(steps)-len(own[name])]
	}
	return rest
}

// plain is a value of Go as maps and lists with the names of its YAML fields.
func plain(value any) (result any) {
	text, err := yaml.Marshal(value)
	if err != nil {
		panic(err)
	}
	if err := yaml.Unmarshal(text, &result); err != nil {
		panic(err)
	}
	return result
}
