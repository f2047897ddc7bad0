package main

import (
	"fmt"
	"reflect"
	"strings"

	"github.com/kairos-io/kairos-agent/v2/pkg/config"
	v1 "github.com/kairos-io/kairos-agent/v2/pkg/types/v1"
	"github.com/mudler/yip/pkg/schema"
	cloudinit "github.com/mudler/yip/pkg/schema/cloudinit"
)

// field is what yip or the agent decodes at one place of a cloud-config.
type field struct {
	// Kind is text, boolean, integer, unsigned, reference, list, map or fields.
	Kind string `json:"kind"`
	// Of is the type of the items of a list or of the values of a map.
	Of *field `json:"of,omitempty"`
	// Fields are the known keys. Each reader ignores other ones.
	Fields map[string]field `json:"fields,omitempty"`
}

// readers are the types that each reader decodes a cloud-config into. The agent decodes `install` once more, into
// `install`.
type readers struct {
	Agent       field `json:"agent"`
	CloudConfig field `json:"cloudConfig"`
	Yip         field `json:"yip"`
	Install     field `json:"install"`
}

func knownFields() readers {
	return readers{
		Agent:       typeOf(reflect.TypeFor[config.Config](), "yaml"),
		CloudConfig: typeOf(reflect.TypeFor[cloudinit.CloudConfig](), "yaml"),
		Yip:         typeOf(reflect.TypeFor[schema.YipConfig](), "yaml"),
		Install:     typeOf(reflect.TypeFor[v1.InstallSpec](), "mapstructure"),
	}
}

// typeOf is what a decoder that reads the tag makes of a value.
func typeOf(decoded reflect.Type, tag string) field {
	if decoded == reflect.TypeFor[v1.ImageSource]() {
		return field{Kind: "reference"}
	}
	switch decoded.Kind() {
	case reflect.String:
		return field{Kind: "text"}
	case reflect.Bool:
		return field{Kind: "boolean"}
	case reflect.Int:
		return field{Kind: "integer"}
	case reflect.Uint, reflect.Uint32:
		return field{Kind: "unsigned"}
	case reflect.Pointer:
		return typeOf(decoded.Elem(), tag)
	case reflect.Slice:
		item := typeOf(decoded.Elem(), tag)
		return field{Kind: "list", Of: &item}
	case reflect.Map:
		value := typeOf(decoded.Elem(), tag)
		return field{Kind: "map", Of: &value}
	case reflect.Struct:
		return field{Kind: "fields", Fields: fieldsOf(decoded, tag)}
	default:
		panic(fmt.Sprintf("no cloud-config holds a %v", decoded))
	}
}

func fieldsOf(decoded reflect.Type, tag string) map[string]field {
	known := map[string]field{}
	for _, member := range reflect.VisibleFields(decoded) {
		name, _, _ := strings.Cut(member.Tag.Get(tag), ",")
		if name == "-" || !member.IsExported() || len(member.Index) > 1 {
			continue
		}
		// The YAML packages take the name in lower case if there is no tag, and mapstructure ignores the case.
		if name == "" {
			name = strings.ToLower(member.Name)
		}
		known[name] = typeOf(member.Type, tag)
	}
	return known
}
