// Command ova-import reads an OVA as govmomi does, imports it into a vCenter simulator of its own, and
// prints what came of both as JSON.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/ovf"
	"github.com/vmware/govmomi/ovf/importer"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

type result struct {
	// What govmomi makes of the OVF when it passes over nothing that it does not know.
	Strict types.VirtualMachineConfigSpec `json:"strict"`
	// Types of the devices in it.
	Devices []string `json:"devices"`
	// The simulator's virtual machine.
	Imported types.VirtualMachineConfigSummary `json:"imported"`
}

func main() {
	if len(os.Args) != 2 {
		fail(errors.New("usage: ova-import FILE"))
	}
	archive := &importer.TapeArchive{Path: os.Args[1]}
	strict, err := parse(archive)
	fail(err)
	found := result{Strict: strict}
	for _, change := range strict.DeviceChange {
		device := change.GetVirtualDeviceConfigSpec().Device
		found.Devices = append(found.Devices, object.VirtualDeviceList{}.Type(device))
	}
	err = simulator.VPX().Run(func(ctx context.Context, client *vim25.Client) error {
		found.Imported, err = load(ctx, client, archive)
		return err
	})
	fail(err)
	fail(json.NewEncoder(os.Stdout).Encode(found))
}

func parse(archive importer.Archive) (types.VirtualMachineConfigSpec, error) {
	document, err := importer.ReadOvf("*.ovf", archive)
	if err != nil {
		return types.VirtualMachineConfigSpec{}, err
	}
	envelope, err := ovf.Unmarshal(bytes.NewReader(document))
	if err != nil {
		return types.VirtualMachineConfigSpec{}, err
	}
	return envelope.ToConfigSpecWithOptions(ovf.ToConfigSpecOptions{Strict: true})
}

func load(
	ctx context.Context, client *vim25.Client, archive importer.Archive,
) (types.VirtualMachineConfigSummary, error) {
	var machine mo.VirtualMachine
	finder := find.NewFinder(client)
	datacenter, err := finder.DefaultDatacenter(ctx)
	if err != nil {
		return machine.Summary.Config, err
	}
	finder.SetDatacenter(datacenter)
	datastore, err := finder.DefaultDatastore(ctx)
	if err != nil {
		return machine.Summary.Config, err
	}
	pool, err := finder.ResourcePool(ctx, "DC0_H0/Resources")
	if err != nil {
		return machine.Summary.Config, err
	}
	folders, err := datacenter.Folders(ctx)
	if err != nil {
		return machine.Summary.Config, err
	}
	into := importer.Importer{
		Log:          func(text string) (int, error) { return fmt.Fprint(os.Stderr, text) },
		Client:       client,
		Finder:       finder,
		Archive:      archive,
		Datacenter:   datacenter,
		Datastore:    datastore,
		ResourcePool: pool,
		Folder:       folders.VmFolder,
	}
	name := "imported"
	reference, err := into.Import(ctx, "image.ovf", importer.Options{Name: &name})
	if err != nil {
		return machine.Summary.Config, err
	}
	virtualMachine := object.NewVirtualMachine(client, *reference)
	err = virtualMachine.Properties(ctx, *reference, []string{"summary"}, &machine)
	return machine.Summary.Config, err
}

func fail(err error) {
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
