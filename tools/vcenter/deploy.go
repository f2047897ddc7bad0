package main

import (
	"context"
	"fmt"
	"net/url"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vapi/rest"
	"github.com/vmware/govmomi/vapi/vcenter"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

type deployed struct {
	Item  *library.Item  `json:"item"`
	Files []library.File `json:"files"`
	// The virtual machine that was deployed from the item, with the types of its devices.
	Machine types.VirtualMachineConfigSummary `json:"machine"`
	Devices []string                          `json:"devices"`
}

func deploy(address string, user *url.Userinfo, libraryName, itemName string) (*deployed, error) {
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
	session := rest.NewClient(client.Client)
	if err := session.Login(ctx, user); err != nil {
		return nil, err
	}
	libraries := library.NewManager(session)
	holder, err := libraries.GetLibraryByName(ctx, libraryName)
	if err != nil {
		return nil, err
	}
	ids, err := libraries.FindLibraryItems(ctx, library.FindItem{LibraryID: holder.ID, Name: itemName})
	if err != nil {
		return nil, err
	}
	if len(ids) != 1 {
		return nil, fmt.Errorf("%d items are called %s", len(ids), itemName)
	}
	found := new(deployed)
	if found.Item, err = libraries.GetLibraryItem(ctx, ids[0]); err != nil {
		return nil, err
	}
	if found.Files, err = libraries.ListLibraryItemFiles(ctx, ids[0]); err != nil {
		return nil, err
	}
	if found.Item.Type != library.ItemTypeOVF {
		return found, nil
	}
	return found, deployOvf(ctx, client, session, found)
}

func deployOvf(
	ctx context.Context, client *govmomi.Client, session *rest.Client, found *deployed,
) error {
	finder := find.NewFinder(client.Client)
	pool, err := finder.ResourcePool(ctx, "/DC0/host/DC0_H0/Resources")
	if err != nil {
		return err
	}
	folder, err := finder.Folder(ctx, "/DC0/vm")
	if err != nil {
		return err
	}
	datastore, err := finder.Datastore(ctx, "/DC0/datastore/LocalDS_0")
	if err != nil {
		return err
	}
	reference, err := vcenter.NewManager(session).DeployLibraryItem(ctx, found.Item.ID, vcenter.Deploy{
		DeploymentSpec: vcenter.DeploymentSpec{
			Name:               "deployed-" + found.Item.ID,
			DefaultDatastoreID: datastore.Reference().Value,
			AcceptAllEULA:      true,
		},
		Target: vcenter.Target{
			ResourcePoolID: pool.Reference().Value,
			FolderID:       folder.Reference().Value,
		},
	})
	if err != nil {
		return err
	}
	machine := object.NewVirtualMachine(client.Client, *reference)
	var properties mo.VirtualMachine
	if err := machine.Properties(ctx, *reference, []string{"summary"}, &properties); err != nil {
		return err
	}
	found.Machine = properties.Summary.Config
	devices, err := machine.Device(ctx)
	if err != nil {
		return err
	}
	for _, device := range devices {
		found.Devices = append(found.Devices, devices.Type(device))
	}
	return nil
}
