import { z } from "zod";
import { expectJson, expectSame, type ArchiveReader, type KnownContent } from "../archive-check";

const descriptorSchema = z.object({ digest: z.string(), size: z.number() });
const indexSchema = z.object({ manifests: z.tuple([descriptorSchema]) });
const manifestSchema = z.object({ config: descriptorSchema, layers: z.tuple([descriptorSchema]) });

type Found = z.infer<typeof descriptorSchema>;

/**
 * Reads an OCI archive back through the tar program, from its index to its layer, and recomputes
 * each digest. The digest of a layer that was already read back is taken from `known`. (skopeo
 * would unpack the whole archive into a temporary folder.)
 */
export async function checkOciArchive(
  archive: ArchiveReader,
  onProgress: (share: number) => void,
  known?: KnownContent,
): Promise<void> {
  const files = await archive.files();
  const document = async <T>(name: string, schema: z.ZodType<T>): Promise<T> =>
    expectJson(await archive.text(name), schema, name);
  const check = async ({ digest, size }: Found, onBytes?: (done: number) => void) => {
    const name = `blobs/${digest.replace(":", "/")}`;
    const place = files.find((file) => file.name === name) ?? { start: 0, length: 0 };
    const isKnown = place.start === known?.start && place.length === known.length;
    const sha256 = isKnown ? known.sha256 : await archive.digest(place, onBytes);
    expectSame(
      { sha256, size: place.length },
      { sha256: digest.replace("sha256:", ""), size },
      name,
    );
    return name;
  };
  const [manifest] = (await document("index.json", indexSchema)).manifests;
  const manifestName = await check(manifest);
  const { config, layers } = await document(manifestName, manifestSchema);
  const [layer] = layers;
  const layerName = await check(layer, (done) => onProgress(done / layer.size));
  const blobs = [manifestName, await check(config), layerName];
  const expected = ["oci-layout", "index.json", "blobs/", "blobs/sha256/", ...blobs];
  const names = files.map(({ name }) => name);
  expectSame(names.sort(), expected.sort(), "its list of files");
}
