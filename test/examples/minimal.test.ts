import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { previewThenUp } from "../contract/operations";
import { Example } from "./example";

describe("examples/minimal", () => {
  let example: Example;

  before(async () => {
    example = await Example.copy("minimal");
  });
  after(() => example.remove());

  const files = async (): Promise<string[]> => {
    const names = await readdir(join(example.folder, "images"), { recursive: true });
    return names.filter((name) => /\.(raw|qcow2)$/.test(name));
  };

  it("makes both images", async () => {
    await example.stack.up();
    const { qcow2 } = await example.stack.outputs<{ qcow2: string }>();
    assert.match(
      qcow2,
      /^file:\/\/.*\/minimal\/images\/edge-[0-9a-f]{12}\/edge-[0-9a-f]{12}\.qcow2$/,
    );
    assert.equal((await files()).length, 2);
  });

  it("changes nothing the second time", async () => {
    const { preview, up } = await previewThenUp(example.stack);
    assert.deepEqual(preview.operations, { edge: "same" });
    assert.deepEqual(up.operations, { edge: "same" });
  });

  it("leaves nothing", async () => {
    await example.stack.destroy();
    assert.deepEqual(await files(), []);
  });
});
