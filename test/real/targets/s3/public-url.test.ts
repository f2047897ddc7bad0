import { targetId } from "../../../../provider/schema/targets/identity";
import assert from "node:assert/strict";
import { join } from "node:path";
import { buildImage } from "../../../../provider/agent/build-image";
import type { KeyedBuild } from "../../../../provider/agent/context";
import { claim } from "../../../../provider/agent/claim";
import { finalizeRecord } from "../../../../provider/agent/finalize-record";
import { imageState } from "../../../../provider/agent/image-state";
import { artifactKey } from "../../../../provider/plan/keys";
import { readRecordedImage } from "../../../../provider/records/record";
import { openTarget } from "../../../../provider/targets/open-target";
import { imageStateSchema, type ImageState } from "../../../../provider/schema/state";
import { buildFor, contentDigest, head, installKey } from "../../../unit/agent/samples";
import { makeArtifact, never, quietly, useFolder } from "../../../support/artifacts";
import { bucket, useS3Server } from "./server";

/** One image in a bucket that two stacks share, each with its own address for readers. */
describe("an image in a bucket whose readers use another host", () => {
  const folder = useFolder();
  const server = useS3Server();

  function stack(
    instance: string,
    more: Record<string, unknown>,
    existing?: ImageState,
  ): KeyedBuild {
    const cacheDirectory = join(folder(), instance);
    const spec = server().spec(more);
    const build = buildFor({ folder: cacheDirectory, targets: [], formats: ["qcow2"] });
    const targets = [openTarget(spec, { rootDirectory: "/", cacheDirectory })];
    const places = [{ format: "qcow2", target: targetId(spec) } as const];
    const owner = `urn:${instance}`;
    return {
      ...build,
      targets,
      plan: { ...build.plan, instance, owner, destinations: places, existing },
    };
  }

  async function publishFrom(build: KeyedBuild): Promise<ImageState> {
    await claim(build);
    const encoder = "qemu-img 7.2";
    const source = { installKey, contentDigest };
    const key = artifactKey(source, { type: "qcow2", compression: "zlib" }, encoder);
    const made = { ...(await makeArtifact(folder(), 100_000)), artifactKey: key };
    const artifact = { ...made, name: `edge-111111111111/edge-${key.slice(0, 12)}.qcow2` };
    const published = await build.targets[0]!.publish(artifact, quietly());
    const state = imageState(build, head, [{ ...published, encoder }]);
    await finalizeRecord(build, head, state);
    return state;
  }

  /** Every result of the agent passes this schema. */
  const bringAbout = async (build: KeyedBuild): Promise<ImageState> =>
    imageStateSchema.parse(await buildImage(build, () => undefined));
  const urls = ({ artifacts }: ImageState) => artifacts.map(({ url }) => url);
  const sentArtifacts = () =>
    server().proxy.requests.filter(
      ({ method, path }) => method !== "HEAD" && !path.includes(".stylus-image"),
    );

  it("follows the spec without being sent again, and each stack sees its own", async () => {
    const first = await publishFrom(stack("me", { publicUrl: "https://cdn.example.com/{key}" }));
    const [artifact] = first.artifacts;
    assert.ok(artifact !== undefined);
    const key = artifact.uri.slice(`s3://${bucket}/`.length);
    assert.deepEqual(urls(first), [`https://cdn.example.com/${key}`]);

    server().proxy.reset();
    const inside = { publicUrl: "http://store.internal/{bucket}" };
    const updated = await bringAbout(stack("me", inside, first));
    // Only the state remembers the identity of the bucket's place, and a second build reads it.
    const { places, ...rest } = updated;
    assert.equal(Object.keys(places ?? {}).length, 1);
    assert.deepEqual(rest, {
      ...first,
      artifacts: [{ ...artifact, url: `http://store.internal/${bucket}/${key}` }],
    });

    const own = await bringAbout(stack("you", {}));
    assert.deepEqual(urls(own), [`${server().proxy.endpoint}/${bucket}/${key}`]);

    const again = await bringAbout(stack("me", inside, updated));
    assert.deepEqual(again, updated);
    assert.deepEqual(sentArtifacts(), []);

    const { records } = stack("me", {}).targets[0]!.capabilities;
    assert.ok(records !== undefined);
    const { publications } = await readRecordedImage(records, installKey, never);
    assert.equal(publications.length, 1);
  });
});
