import { z } from "zod";
import { expectJson, expectSame, type ArchiveReader } from "./archive-check";

const descriptorSchema = z.object({ digest: z.string(), size: z.number() });
const indexSchema = z.object({ manifests: z.tuple([descriptorSchema]) });
const manifestSchema = z.object({ config: descriptorSchema, layers: z.tuple([descriptorSchema]) });

type Found = z.infer<typeof descriptorSchema>;

/**
 * Follows an OCI archive from its index to the layer with the tar program, which did not write it,
 * and recomputes each digest on the way. (skopeo would unpack all of it into a temporary folder.)
 */
export async function checkOciArchive(
  archive: ArchiveReader,
  onProgress: (share: number) => void,
): Promise<void> {
  const document = async <T>(name: string, schema: z.ZodType<T>): Promise<T> =>
    expectJson(await archive.text(name), schema, name);
  const check = async ({ digest, size }: Found): Promise<string> => {
    const name = `blobs/${digest.replace(":", "/")}`;
    const found = await archive.digest(name, (done) => onProgress(done / size));
    expectSame(found, { sha256: digest.replace("sha256:", ""), size }, name);
    return name;
  };
  const [manifest] = (await document("index.json", indexSchema)).manifests;
  const manifestName = await check(manifest);
  const { config, layers } = await document(manifestName, manifestSchema);
  const blobs = [manifestName, await check(config), await check(layers[0])];
  const wanted = ["oci-layout", "index.json", "blobs/", "blobs/sha256/", ...blobs];
  expectSame([...(await archive.names())].sort(), wanted.sort(), "its list of files");
}
