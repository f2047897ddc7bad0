package main

import (
	"io"
	"log"
	"net/url"
	"os"

	"github.com/vmware/govmomi/simulator"
	vapi "github.com/vmware/govmomi/vapi/simulator"
)

type served struct {
	// Where it listens; clients use the public address, which passes everything on to it.
	Port string `json:"port"`
	// Folders of the datastores, by "<datacenter>/<datastore>".
	Datastores map[string]string `json:"datastores"`
	// Managed object IDs of the datastores, which a content library is kept on.
	IDs map[string]string `json:"ids"`
}

func serve(public string, user *url.Userinfo, datacenters int) error {
	address, err := url.Parse(public)
	if err != nil {
		return err
	}
	address.Path = "/sdk"
	address.User = user
	log.SetOutput(io.Discard)

	model := simulator.VPX()
	model.Datacenter = datacenters
	model.Datastore = 2
	defer model.Remove()
	if err := model.Create(); err != nil {
		return err
	}
	registry := model.Map()
	registry.Handler = uniqueNames
	registry.Put(&diskManager{registry.VirtualDiskManager().(*simulator.VirtualDiskManager)})

	service := model.Service
	service.Listen = &url.URL{Host: "127.0.0.1:0", User: user}
	server := service.NewServer()
	defer server.Close()
	// Its upload addresses must be the public ones, as a real server's are.
	patterns, handler := vapi.New(address, registry)
	for _, pattern := range patterns {
		service.Handle(pattern, deployments(handler, registry))
	}

	found := served{
		Port:       server.URL.Port(),
		Datastores: map[string]string{},
		IDs:        map[string]string{},
	}
	for _, entity := range registry.All("Datacenter") {
		datacenter := registry.Get(entity.Reference()).(*simulator.Datacenter)
		for _, reference := range datacenter.Datastore {
			datastore := registry.Get(reference).(*simulator.Datastore)
			name := datacenter.Name + "/" + datastore.Name
			found.Datastores[name] = datastore.Info.GetDatastoreInfo().Url
			found.IDs[name] = reference.Value
		}
	}
	if err := print(found); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}
