package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vmdk"
)

// The simulator's own copies a descriptor and its flat extent only. A vCenter's also takes a
// streamOptimized disk, one file, and makes such a pair from it: here qemu-img reads that file.
type diskManager struct {
	*simulator.VirtualDiskManager
}

func (m *diskManager) CopyVirtualDiskTask(
	ctx *simulator.Context, request *types.CopyVirtualDisk_Task,
) soap.HasFault {
	source, fault := localPath(ctx, request.SourceDatacenter, request.SourceName)
	if fault == nil && exists(simulator.VirtualDiskBackingFileName(source)) {
		return m.VirtualDiskManager.CopyVirtualDiskTask(ctx, request)
	}
	task := simulator.CreateTask(m, "copyVirtualDisk", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		if fault != nil {
			return nil, fault
		}
		target, fault := localPath(ctx, request.DestDatacenter, request.DestName)
		if fault != nil {
			return nil, fault
		}
		return nil, expand(source, target)
	})
	return &methods.CopyVirtualDisk_TaskBody{
		Res: &types.CopyVirtualDisk_TaskResponse{Returnval: task.Run(ctx)},
	}
}

// The simulator's own renames the files only, and leaves the old name of the extent in the descriptor.
func (m *diskManager) MoveVirtualDiskTask(
	ctx *simulator.Context, request *types.MoveVirtualDisk_Task,
) soap.HasFault {
	task := simulator.CreateTask(m, "moveVirtualDisk", func(*simulator.Task) (types.AnyType, types.BaseMethodFault) {
		source, fault := localPath(ctx, request.SourceDatacenter, request.SourceName)
		if fault != nil {
			return nil, fault
		}
		target, fault := localPath(ctx, request.DestDatacenter, request.DestName)
		if fault != nil {
			return nil, fault
		}
		return nil, rename(source, target)
	})
	return &methods.MoveVirtualDisk_TaskBody{
		Res: &types.MoveVirtualDisk_TaskResponse{Returnval: task.Run(ctx)},
	}
}

func rename(source, target string) types.BaseMethodFault {
	text, err := os.ReadFile(source)
	if err != nil {
		return &types.FileNotFound{FileFault: types.FileFault{File: source}}
	}
	// Of two that race, one creates the file.
	file, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return &types.FileAlreadyExists{FileFault: types.FileFault{File: target}}
	}
	defer file.Close()
	from := simulator.VirtualDiskBackingFileName(source)
	to := simulator.VirtualDiskBackingFileName(target)
	renamed := strings.Replace(string(text), filepath.Base(from), filepath.Base(to), 1)
	if _, err := file.WriteString(renamed); err != nil {
		return &types.CannotCreateFile{FileFault: types.FileFault{File: target}}
	}
	if os.Rename(from, to) != nil || os.Remove(source) != nil {
		return &types.CannotAccessFile{FileFault: types.FileFault{File: source}}
	}
	return nil
}

func expand(source, target string) types.BaseMethodFault {
	if !exists(source) {
		return &types.FileNotFound{FileFault: types.FileFault{File: source}}
	}
	if exists(target) {
		return &types.FileAlreadyExists{FileFault: types.FileFault{File: target}}
	}
	flat := simulator.VirtualDiskBackingFileName(target)
	convert := exec.Command("qemu-img", "convert", "-f", "vmdk", "-O", "raw", source, flat)
	if text, err := convert.CombinedOutput(); err != nil {
		return &types.InvalidDiskFormat{
			InvalidFormat: types.InvalidFormat{
				VmConfigFault: types.VmConfigFault{
					VimFault: types.VimFault{
						MethodFault: types.MethodFault{
							FaultMessage: []types.LocalizableMessage{{Message: string(text)}},
						},
					},
				},
			},
		}
	}
	if err := describe(flat, target); err != nil {
		return &types.CannotCreateFile{FileFault: types.FileFault{File: target}}
	}
	return nil
}

func describe(flat, target string) error {
	info, err := os.Stat(flat)
	if err != nil {
		return err
	}
	descriptor := vmdk.NewDescriptor(vmdk.Extent{
		Size: info.Size() / vmdk.SectorSize,
		Info: filepath.Base(flat),
	})
	descriptor.CID = vmdk.DiskContentID(rand.Uint32())
	file, err := os.Create(target)
	if err != nil {
		return err
	}
	defer file.Close()
	return descriptor.Write(file)
}

// localPath is the file of "[datastore] folder/name".
func localPath(
	ctx *simulator.Context, datacenter *types.ManagedObjectReference, name string,
) (string, types.BaseMethodFault) {
	var path object.DatastorePath
	if datacenter == nil || !path.FromString(name) {
		return "", &types.InvalidArgument{InvalidProperty: "name"}
	}
	found, ok := ctx.Map.Get(*datacenter).(*simulator.Datacenter)
	if !ok || strings.Contains(path.Path, "..") {
		return "", &types.InvalidArgument{InvalidProperty: "datacenter"}
	}
	for _, reference := range found.Datastore {
		datastore := ctx.Map.Get(reference).(*simulator.Datastore)
		if datastore.Name == path.Datastore {
			return filepath.Join(datastore.Info.GetDatastoreInfo().Url, path.Path), nil
		}
	}
	return "", &types.InvalidDatastore{Name: fmt.Sprint(path.Datastore)}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
