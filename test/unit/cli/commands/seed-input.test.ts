import assert from "node:assert/strict";
import { resolve } from "node:path";
import type { OptionFiles } from "../../../../provider/cli/input/option-files";
import { seedInput } from "../../../../provider/cli/commands/seed-input";
import { seedOptions, type SeedOptions } from "../../../../provider/cli/commands/seed-options";
import { parseSpec } from "../../../../provider/schema/parse";
import { siteSeedSchema } from "../../../../provider/schema/site-seed";
import { parseOptions } from "../parse-options";

const noFiles: OptionFiles = { sshKeys: [], headers: [], targetHeaders: [] };

function read(args: readonly string[], files: Partial<OptionFiles> = {}) {
  const options = parseOptions(seedOptions(), args).opts<SeedOptions>();
  return seedInput(options, { ...noFiles, ...files });
}

describe("seedInput", () => {
  it("makes the input of a SiteSeed", () => {
    const { name, input, problems } = read(
      [
        "--edge-host-id=store-7",
        "--host-name=till",
        "--project-name=stores",
        "--palette-endpoint=api.example.com",
        "--user=ops",
        "--to=./seeds",
      ],
      { edgeHostToken: "a token", password: "a password", userData: "#cloud-config\n" },
    );
    assert.equal(name, "store-7");
    assert.deepEqual(problems, []);
    assert.deepEqual(input, {
      palette: {
        endpoint: "api.example.com",
        projectName: "stores",
        edgeHostToken: "a token",
        name: "store-7",
        hostName: "till",
      },
      users: [{ name: "ops", password: "a password", sshAuthorizedKeys: undefined }],
      userData: "#cloud-config\n",
      publishTo: [{ type: "directory", path: resolve("seeds") }],
    });
    assert.equal(parseSpec(siteSeedSchema, input).state, "valid");
  });

  it("takes the name from --name, else --edge-host-id, else --host-name", () => {
    const all = ["--name=a", "--edge-host-id=b", "--host-name=c"];
    assert.deepEqual(
      [0, 1, 2].map((first) => read(all.slice(first)).name),
      ["a", "b", "c"],
    );
  });

  it("reports all problems at once", () => {
    const { problems } = read(["--password-file=p", "--oci-tag=t"], { password: "a password" });
    assert.deepEqual(
      problems.map(({ path }) => path),
      ["--name", "--user-data", "--user", "--to"],
    );
  });
});
