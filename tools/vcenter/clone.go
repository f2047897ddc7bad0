package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

type cloned struct {
	Template template                          `json:"template"`
	Machine  types.VirtualMachineConfigSummary `json:"machine"`
	Path     string                            `json:"path"`
}

type template struct {
	IsTemplate bool     `json:"isTemplate"`
	UUID       string   `json:"uuid"`
	Annotation string   `json:"annotation"`
	Devices    []string `json:"devices"`
	Networks   []string `json:"networks"`
	Datastores []string `json:"datastores"`
}

// clone makes a virtual machine of a template, as most programs that deploy machines do.
func clone(address string, user *url.Userinfo, path, name string) (*cloned, error) {
	ctx := context.Background()
	location, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	location.Path = "/sdk"
	location.User = user
	client, err := govmomi.NewClient(ctx, location, true)
	if err != nil {
		return nil, err
	}
	finder := find.NewFinder(client.Client)
	source, err := finder.VirtualMachine(ctx, path)
	if err != nil {
		return nil, err
	}
	made := new(cloned)
	if made.Template, err = readTemplate(ctx, client, source); err != nil {
		return nil, err
	}
	datacenter, err := finder.DefaultDatacenter(ctx)
	if err != nil {
		return nil, err
	}
	finder.SetDatacenter(datacenter)
	folder, err := finder.DefaultFolder(ctx)
	if err != nil {
		return nil, err
	}
	pool, err := finder.ResourcePool(ctx, "DC0_H0/Resources")
	if err != nil {
		return nil, err
	}
	reference := pool.Reference()
	task, err := source.Clone(ctx, folder, name, types.VirtualMachineCloneSpec{
		Location: types.VirtualMachineRelocateSpec{Pool: &reference},
	})
	if err != nil {
		return nil, err
	}
	result, err := task.WaitForResult(ctx, nil)
	if err != nil {
		return nil, err
	}
	machine := object.NewVirtualMachine(client.Client, result.Result.(types.ManagedObjectReference))
	var properties mo.VirtualMachine
	if err := machine.Properties(ctx, machine.Reference(), []string{"summary"}, &properties); err != nil {
		return nil, err
	}
	made.Machine = properties.Summary.Config
	made.Path = fmt.Sprintf("%s/%s", folder.InventoryPath, name)
	return made, nil
}

func readTemplate(
	ctx context.Context, client *govmomi.Client, source *object.VirtualMachine,
) (template, error) {
	var found template
	var properties mo.VirtualMachine
	wanted := []string{"config", "network", "datastore"}
	if err := source.Properties(ctx, source.Reference(), wanted, &properties); err != nil {
		return found, err
	}
	found.IsTemplate = properties.Config.Template
	found.UUID = properties.Config.Uuid
	found.Annotation = properties.Config.Annotation
	devices := object.VirtualDeviceList(properties.Config.Hardware.Device)
	for _, device := range devices {
		found.Devices = append(found.Devices, devices.Type(device))
	}
	for _, reference := range properties.Network {
		name, err := object.NewCommon(client.Client, reference).ObjectName(ctx)
		if err != nil {
			return found, err
		}
		found.Networks = append(found.Networks, name)
	}
	for _, reference := range properties.Datastore {
		name, err := object.NewCommon(client.Client, reference).ObjectName(ctx)
		if err != nil {
			return found, err
		}
		found.Datastores = append(found.Datastores, name)
	}
	return found, nil
}
