package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"

	"github.com/vmware/govmomi/ovf"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vapi/vcenter"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

const itemPath = "/rest/com/vmware/vcenter/ovf/library-item/id:"

// The simulator's own neither names the networks of an OVF nor gives the machine the note that is asked for. A
// vCenter does both.
func deployments(handler http.Handler, registry *simulator.Registry) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, isItem := strings.CutPrefix(r.URL.Path, itemPath)
		switch action := r.URL.Query().Get("~action"); {
		case isItem && action == "filter":
			filter(w, r, handler, registry, id)
		case isItem && action == "deploy":
			annotate(w, r, handler, registry)
		default:
			handler.ServeHTTP(w, r)
		}
	})
}

func filter(
	w http.ResponseWriter, r *http.Request, handler http.Handler, registry *simulator.Registry, id string,
) {
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	var found struct {
		Value map[string]any `json:"value"`
	}
	if answer.Code != http.StatusOK || json.Unmarshal(answer.Body.Bytes(), &found) != nil {
		pass(w, answer)
		return
	}
	found.Value["networks"] = networks(registry, id)
	w.Header().Set("content-type", "application/json")
	_ = json.NewEncoder(w).Encode(found)
}

func networks(registry *simulator.Registry, item string) []string {
	names := []string{}
	for _, entity := range registry.All("Datastore") {
		datastore := registry.Get(entity.Reference()).(*simulator.Datastore)
		folder := datastore.Info.GetDatastoreInfo().Url
		files, _ := filepath.Glob(filepath.Join(folder, "*", item, "*.ovf"))
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				continue
			}
			envelope, err := ovf.Unmarshal(bytes.NewReader(text))
			if err != nil || envelope.Network == nil {
				continue
			}
			for _, network := range envelope.Network.Networks {
				names = append(names, network.Name)
			}
		}
	}
	return names
}

func annotate(
	w http.ResponseWriter, r *http.Request, handler http.Handler, registry *simulator.Registry,
) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	var asked vcenter.Deploy
	var made struct {
		Value vcenter.Deployment `json:"value"`
	}
	if json.Unmarshal(body, &asked) == nil && json.Unmarshal(answer.Body.Bytes(), &made) == nil {
		if id := made.Value.ResourceID; id != nil {
			reference := types.ManagedObjectReference{Type: id.Type, Value: id.Value}
			machine := registry.Get(reference).(*simulator.VirtualMachine)
			machine.Config.Annotation = asked.Annotation
		}
	}
	pass(w, answer)
}

func pass(w http.ResponseWriter, answer *httptest.ResponseRecorder) {
	for name, values := range answer.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// The simulator's own gives a machine a name that another one in its folder has.
func uniqueNames(ctx *simulator.Context, method *simulator.Method) (mo.Reference, types.BaseMethodFault) {
	request, ok := method.Body.(*types.ReconfigVM_Task)
	if !ok || request.Spec.Name == "" {
		return nil, nil
	}
	machine, ok := ctx.Map.Get(request.This).(*simulator.VirtualMachine)
	if !ok || machine.Parent == nil {
		return nil, nil
	}
	folder, ok := ctx.Map.Get(*machine.Parent).(*simulator.Folder)
	if !ok {
		return nil, nil
	}
	other := ctx.Map.FindByName(request.Spec.Name, folder.ChildEntity)
	if other == nil || other.Reference() == machine.Self {
		return nil, nil
	}
	return nil, &types.DuplicateName{Name: request.Spec.Name, Object: other.Reference()}
}
