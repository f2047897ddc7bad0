import assert from "node:assert/strict";
import {
  environmentPassword,
  environmentProblems,
  withBuilderEnvironment,
  withVariableNames,
} from "../../../../provider/cli/input/environment";
import { readOptionFiles } from "../../../../provider/cli/input/option-files";
import type { ImageOptions } from "../../../../provider/cli/options/image";
import { StylusError } from "../../../../provider/base/errors";

const none: ImageOptions = { verifyBoot: true };
const full = {
  ISO_URL: "edge.iso",
  PALETTE_ENDPOINT: "p.example",
  REGISTRATION_URL: "https://r.example",
  DISK_SIZE: "100000M",
  SSH_USER: "kairos",
  SSH_PASSWORD: "secret word",
};

describe("the old builder's environment", () => {
  it("sets options that were not given, but no secrets", () => {
    assert.deepEqual(withBuilderEnvironment(none, full), {
      verifyBoot: true,
      installer: "edge.iso",
      paletteEndpoint: "p.example",
      registrationUrl: "https://r.example",
      diskSize: "100000M",
      user: "kairos",
    });
  });

  it("does not override options", () => {
    const given: ImageOptions = {
      ...none,
      installer: "a.iso",
      paletteEndpoint: "q.example",
      registrationUrl: "https://q.example",
      diskSize: "40GiB",
      user: "ops",
    };
    assert.deepEqual(withBuilderEnvironment(given, full), given);
  });

  it("is not read if ISO_URL is not set or empty", () => {
    for (const ISO_URL of [undefined, ""]) {
      const environment = { ...full, ISO_URL };
      assert.deepEqual(withBuilderEnvironment(none, environment), none);
      assert.equal(environmentPassword(environment), undefined);
      assert.deepEqual(environmentProblems(none, { ...environment, SSH_PASSWORD: "" }), []);
    }
  });

  it("ignores empty variables", () => {
    const environment = { ISO_URL: "edge.iso", PALETTE_ENDPOINT: "", DISK_SIZE: "", SSH_USER: "" };
    assert.deepEqual(withBuilderEnvironment(none, environment), { ...none, installer: "edge.iso" });
    assert.deepEqual(environmentProblems(none, environment), []);
  });

  it("reads a plain number as MiB, as Packer does", () => {
    const read = (DISK_SIZE: string) =>
      withBuilderEnvironment(none, { ISO_URL: "a", DISK_SIZE }).diskSize;
    assert.deepEqual(["100000", "40G", "1.5GiB"].map(read), ["100000M", "40G", "1.5GiB"]);
  });

  const problems: readonly (readonly [
    string,
    Record<string, string>,
    Partial<ImageOptions>,
    string[],
  ])[] = [
    ["nothing missing", {}, {}, []],
    ["a user without a password", { SSH_PASSWORD: "" }, {}, ["SSH_PASSWORD"]],
    ["a user with a key", { SSH_PASSWORD: "" }, { sshKeyFile: ["key.pub"] }, []],
    ["a password without a user", { SSH_USER: "" }, {}, ["SSH_USER"]],
    ["a password for --user", { SSH_USER: "" }, { user: "ops" }, []],
    ["a registration page without an endpoint", { PALETTE_ENDPOINT: "" }, {}, ["PALETTE_ENDPOINT"]],
    ["an endpoint as an option", { PALETTE_ENDPOINT: "" }, { paletteEndpoint: "q" }, []],
    [
      "a token without an endpoint",
      { PALETTE_ENDPOINT: "", REGISTRATION_URL: "", EDGE_HOST_TOKEN: "t" },
      {},
      ["PALETTE_ENDPOINT"],
    ],
  ];
  for (const [what, variables, options, expected] of problems) {
    it(`reports missing variables: ${what}`, () => {
      const found = environmentProblems({ ...none, ...options }, { ...full, ...variables });
      assert.deepEqual(
        found.map(({ path }) => path),
        expected,
      );
    });
  }

  it("provides the password and the token, and does not contain them afterwards", async () => {
    const environment: NodeJS.ProcessEnv = { ...full, EDGE_HOST_TOKEN: "token" };
    const files = await readOptionFiles(withBuilderEnvironment(none, environment), environment);
    assert.equal(files.password, "secret word");
    assert.equal(files.edgeHostToken, "token");
    assert.deepEqual(
      [environment["SSH_PASSWORD"], environment["EDGE_HOST_TOKEN"]],
      [undefined, undefined],
    );
  });

  it("adds variable names to the options in errors, if variables are read", () => {
    const error = new StylusError("input.invalid", {
      what: "A.",
      next: "Make it `machine.diskSize` (`--disk-size`).",
      problems: [{ path: "--disk-size (machine.diskSize)", reason: "or `--kind`" }],
    });
    const { next, problems: named } = withVariableNames(error, full).details;
    assert.equal(next, "Make it `machine.diskSize` (`--disk-size` or DISK_SIZE).");
    assert.deepEqual(named, [
      { path: "--disk-size or DISK_SIZE (machine.diskSize)", reason: "or `--kind`" },
    ]);
    assert.equal(withVariableNames(error, {}), error);
  });
});
