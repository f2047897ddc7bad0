import assert from "node:assert/strict";
import { resolve } from "node:path";
import {
  installerName,
  parseCopies,
  type CopyOptions,
} from "../../../../provider/cli/input/copies";

describe("installerName", () => {
  const names: readonly (readonly [string, string])[] = [
    ["palette-edge-installer.iso", "palette-edge-installer"],
    ["/srv/Edge Installer-4.5.ISO", "Edge Installer-4.5"],
    ["dir/odd?#name.iso", "odd?#name"],
    ["https://host/a/Edge%204.iso?signature=x/y.iso#z", "Edge 4"],
    ["https://host/a/100%.iso", "100%"],
    ["https://host/%2Fetc%2Fpasswd", "passwd"],
    ["https://host/", "image"],
  ];
  for (const [installer, name] of names) {
    it(`${installer} is ${name}`, () => assert.equal(installerName(installer), name));
  }
});

describe("parseCopies", () => {
  const refusals: readonly (readonly [CopyOptions, RegExp])[] = [
    [{ copy: ["edge.qcow2"] }, /"edge\.qcow2" is not of the form format=file/],
    [{ copy: ["qcow2=images/"] }, /is not of the form format=file/],
    [{ copy: ["raw=a.img"], format: ["qcow2"] }, /"raw=a\.img" needs --format raw/],
    [{ copy: ["qcow2=a", "qcow2=./a"] }, /names .*\/a twice/],
    [
      { copy: ["iso=x/*.iso"], format: ["iso"], installer: "x/a.iso" },
      /would replace the installer x\/a\.iso; move/,
    ],
    [{ copy: ["qcow2=a"], to: ["s3://bucket"] }, /needs a folder among the --to values/],
  ];
  for (const [options, reason] of refusals) {
    it(`refuses ${options.copy?.join(" and ") ?? ""} ${options.to?.join() ?? ""}`, () => {
      const problems = parseCopies(options).problems;
      assert.deepEqual(
        problems.map(({ path }) => path),
        ["--copy"],
      );
      assert.match(problems[0]?.reason ?? "", reason);
    });
  }

  it("accepts files with and without the installer's name", () => {
    const copy = ["raw=images/*.img", "raw=images/*.raw", "qcow2=/srv/a=b.qcow2"];
    const { value, problems } = parseCopies({ copy, format: ["raw,qcow2"], installer: "a.iso" });
    assert.deepEqual(problems, []);
    assert.deepEqual(
      value.map(({ path }) => path),
      [resolve("images/a.img"), resolve("images/a.raw"), "/srv/a=b.qcow2"],
    );
  });
});
