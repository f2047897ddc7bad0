import { open } from "node:fs/promises";
import type { FileKind } from "../../plan/formats";
import { readTar } from "../../base/tar-read";

/** An OVA begins with its descriptor; a container image is laid out as OCI says. */
export async function archiveKind(
  path: string,
  head: Buffer,
): Promise<{ readonly kind: FileKind } | { readonly problem: string }> {
  const first = head.toString("utf8", 0, 100).replace(/\0.*$/s, "");
  if (/\.ovf$/i.test(first)) return { kind: { type: "ova" } };
  const file = await open(path, "r");
  try {
    const members = await readTar(file, path);
    if (members.has("oci-layout") && members.has("index.json")) {
      return { kind: { type: "containerdisk" } };
    }
    return members.has("manifest.json")
      ? {
          problem:
            "is an archive as `docker save` once wrote it; `skopeo copy docker-archive:... oci-archive:...` makes one that registries keep",
        }
      : { problem: "is an archive, but neither an OVA (its .ovf comes first) nor an OCI image" };
  } catch {
    return { problem: "is a tar archive that is damaged" };
  } finally {
    await file.close();
  }
}
