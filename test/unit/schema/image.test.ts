import assert from "node:assert/strict";
import { requireImageSpec, parseImageSpec } from "../../../provider/schema/parse";
import { GiB, MiB } from "../../../provider/base/size";
import { publicKey } from "../plan/user-data/public-key";

const directory = { type: "directory", path: "images" };
const s3 = { type: "s3", bucket: "b" };
const oci = { type: "oci", repository: "h.x/a" };
const web = { type: "http", url: "https://h/a" };
const s3Defaults = { checksums: "auto", cacheControl: "max-age=31536000, immutable" };
const good = { installer: "a.iso", publishTo: [directory] };
const specOf = (change: object = {}) => requireImageSpec({ ...good, ...change });

describe("imageSpecSchema: defaults", () => {
  it("fills in every default", () => {
    assert.deepEqual(specOf(), {
      installer: { path: "a.iso", kind: "auto" },
      machine: {
        firmware: "bios",
        secureBoot: false,
        diskSize: 100 * GiB,
        network: "isolated",
        accelerator: "auto",
      },
      formats: [{ type: "qcow2", compression: "zlib" }],
      publishTo: [directory],
      buildHost: { type: "local" },
      verify: { boot: true, artifacts: "structure" },
      timeouts: { fetch: 60, install: 40, stall: 6, verify: 10, convert: 60, publish: 120 },
      triggers: [],
      keepPrevious: 0,
      singleHost: false,
    });
  });

  for (const [limit, minutes] of Object.entries({
    fetch: 60,
    install: 40,
    stall: 6,
    verify: 10,
    convert: 60,
    publish: 120,
  })) {
    it(`gives ${limit} ${minutes} minutes, also where another limit is set`, () => {
      const other = limit === "fetch" ? "verify" : "fetch";
      const { timeouts } = specOf({ timeouts: { [other]: 1 } });
      assert.equal(timeouts[limit as keyof typeof timeouts], minutes);
    });
  }

  const filled: readonly (readonly [string, object, object])[] = [
    [
      "reads text with a scheme as the installer's URL",
      { installer: "https://h/a.iso" },
      { installer: { url: "https://h/a.iso", kind: "auto" } },
    ],
    [
      "reads the scheme in any case",
      { installer: "HTTP://h/a.iso" },
      { installer: { url: "HTTP://h/a.iso", kind: "auto" } },
    ],
    [
      "reads other text as the installer's path",
      { installer: "https/a.iso" },
      { installer: { path: "https/a.iso", kind: "auto" } },
    ],
    [
      "writes a SHA-256 in lower case",
      { installer: { path: "a", sha256: "AB".repeat(32) } },
      { installer: { path: "a", sha256: "ab".repeat(32), kind: "auto" } },
    ],
    [
      "manages a Palette host centrally",
      { palette: { endpoint: "h" } },
      { palette: { endpoint: "h", managementMode: "central", registration: "image" } },
    ],
    [
      "reads a format's name as the format",
      { formats: ["raw", "qcow2"] },
      { formats: [{ type: "raw" }, { type: "qcow2", compression: "zlib" }] },
    ],
    [
      "fills in what an S3 target leaves out",
      { publishTo: [s3] },
      { publishTo: [{ ...s3, prefix: "", ...s3Defaults }] },
    ],
    [
      "takes a prefix without slashes around it",
      { publishTo: [{ ...s3, prefix: "//a/b/" }] },
      { publishTo: [{ ...s3, prefix: "a/b", ...s3Defaults }] },
    ],
    [
      "takes an endpoint without slashes behind it",
      { publishTo: [{ ...s3, endpoint: "https://h:9000//" }] },
      { publishTo: [{ ...s3, endpoint: "https://h:9000", prefix: "", ...s3Defaults }] },
    ],
    [
      "takes a web address without slashes behind it, and makes folders there",
      { publishTo: [{ ...web, url: "https://h/a//" }] },
      { publishTo: [{ ...web, createFolders: true }] },
    ],
    [
      "reads a part size",
      { publishTo: [{ ...s3, partSize: "16MiB" }] },
      { publishTo: [{ ...s3, partSize: 16 * MiB, prefix: "", ...s3Defaults }] },
    ],
  ];
  for (const [rule, change, expected] of filled) {
    it(rule, () => {
      const spec: Readonly<Record<string, unknown>> = specOf(change);
      for (const [key, value] of Object.entries(expected)) assert.deepEqual(spec[key], value);
    });
  }

  for (const [given, gibibytes] of [
    ["40GiB", 40],
    [1, 1],
    ["40GB", 38],
    ["100000M", 98],
    [40 * GiB + 1, 41],
  ] as const) {
    it(`rounds a disk of ${given} up to ${gibibytes} GiB`, () => {
      assert.equal(specOf({ machine: { diskSize: given } }).machine.diskSize, gibibytes * GiB);
    });
  }

  it("does not round the memory", () => {
    assert.equal(specOf({ machine: { memory: "3000M" } }).machine.memory, 3000 * MiB);
  });
});

describe("imageSpecSchema: refusals", () => {
  const user = { name: "ada", password: "correct horse" };
  const keys = { accessKeyId: "AKIA", secretAccessKey: "secret" };
  const refusals: readonly (readonly [string, object, string, RegExp])[] = [
    [
      "an installer with both url and path",
      { installer: { url: "https://h/a", path: "a" } },
      "installer",
      /exactly one of `url` and `path`/,
    ],
    [
      "an installer with neither",
      { installer: {} },
      "installer",
      /exactly one of `url` and `path`/,
    ],
    [
      "headers for a path",
      { installer: { path: "a", headers: { a: "b" } } },
      "installer",
      /belong to a `url`/,
    ],
    [
      "a checksum URL for a path",
      { installer: { path: "a", checksumUrl: "https://h/s" } },
      "installer",
      /belong to a `url`/,
    ],
    ["an empty path", { installer: { path: "" } }, "installer.path", />=1/],
    [
      "a URL of another protocol",
      { installer: { url: "ftp://h/a" } },
      "installer.url",
      /^must be an http or https URL$/,
    ],
    [
      "a URL that cannot be read",
      { installer: { url: "https://h:99999/a" } },
      "installer.url",
      /^must be an http or https URL$/,
    ],
    [
      "text that only begins like a URL",
      { installer: "https://" },
      "installer.url",
      /^must be an http or https URL$/,
    ],
    [
      "a checksum URL that is none",
      { installer: { url: "https://h/a", checksumUrl: "sums" } },
      "installer.checksumUrl",
      /^must be an http or https URL$/,
    ],
    [
      "a short SHA-256",
      { installer: { path: "a", sha256: "ab" } },
      "installer.sha256",
      /64 hexadecimal digits/,
    ],
    [
      "an unknown kind",
      { installer: { path: "a", kind: "debian" } },
      "installer.kind",
      /"auto"\|"kairos"\|"generic"/,
    ],
    ["Palette without its endpoint", { palette: {} }, "palette.endpoint", /^is required$/],
    [
      "an unknown management mode",
      { palette: { endpoint: "h", managementMode: "edge" } },
      "palette.managementMode",
      /"central"\|"local"/,
    ],
    [
      "an empty list of certificates",
      { palette: { endpoint: "h", caCerts: [] } },
      "palette.caCerts",
      />=1/,
    ],
    [
      "an empty token",
      { palette: { endpoint: "h", edgeHostToken: "" } },
      "palette.edgeHostToken",
      />=1/,
    ],
    [
      "a user name that Linux refuses",
      { users: [{ ...user, name: "Ada" }] },
      "users[0].name",
      /Linux user name/,
    ],
    [
      "a user name of 33 characters",
      { users: [{ ...user, name: "a".repeat(33) }] },
      "users[0].name",
      /Linux user name/,
    ],
    [
      "a password and its hash",
      { users: [{ ...user, passwordHash: "$6$a$b" }] },
      "users[0]",
      /not both/,
    ],
    [
      "a user who cannot log in",
      { users: [{ name: "ada", groups: ["x"] }] },
      "users[0]",
      /^cannot log in/,
    ],
    [
      "a hash that is none",
      { users: [{ name: "ada", passwordHash: "plain" }] },
      "users[0].passwordHash",
      /crypt\(5\)/,
    ],
    [
      "Secure Boot under a BIOS",
      { machine: { secureBoot: true } },
      "machine.secureBoot",
      /needs `firmware: "uefi"`/,
    ],
    ["an unknown firmware", { machine: { firmware: "efi" } }, "machine.firmware", /"bios"\|"uefi"/],
    ["no CPU", { machine: { cpus: 0 } }, "machine.cpus", />=1/],
    ["257 CPUs", { machine: { cpus: 257 } }, "machine.cpus", /<=256/],
    ["half a CPU", { machine: { cpus: 1.5 } }, "machine.cpus", /int/],
    [
      "a memory that is no size",
      { machine: { memory: "lots" } },
      "machine.memory",
      /is not a size/,
    ],
    ["less than no previous image", { keepPrevious: -1 }, "keepPrevious", />=0/],
    ["half a previous image", { keepPrevious: 0.5 }, "keepPrevious", /int/],
    ["no disk", { machine: { diskSize: 0 } }, "machine.diskSize", /is not a size/],
    [
      "an unknown network",
      { machine: { network: "bridge" } },
      "machine.network",
      /"isolated"\|"user"/,
    ],
    [
      "an unknown accelerator",
      { machine: { accelerator: "hvf" } },
      "machine.accelerator",
      /"auto"\|"kvm"\|"tcg"/,
    ],
    ["no format", { formats: [] }, "formats", />=1/],
    [
      "a format twice",
      { formats: ["raw", "qcow2", { type: "raw" }] },
      "formats[2]",
      /^repeats "raw"$/,
    ],
    [
      "an OVA with Secure Boot under a BIOS",
      { formats: [{ type: "ova", secureBoot: true }] },
      "formats[0].secureBoot",
      /needs `firmware: "uefi"`/,
    ],
    [
      "a character that an OVF cannot contain",
      { formats: [{ type: "ova", extraConfig: { a: "\u0007" } }] },
      "formats[0].extraConfig.a",
      /control characters/,
    ],
    [
      "an option of another format",
      { formats: [{ type: "vhd", compression: "zlib" }] },
      "formats[0].compression",
      /not a known property/,
    ],
    [
      "an unknown compression",
      { formats: [{ type: "qcow2", compression: "xz" }] },
      "formats[0].compression",
      /"zlib"\|"zstd"\|"none"/,
    ],
    ["no target", { publishTo: [] }, "publishTo", /^needs at least one target$/],
    [
      "a target's format that is not made",
      { publishTo: [{ ...directory, formats: ["raw"] }] },
      "publishTo[0].formats[0]",
      /^names "raw", which is not in `formats`$/,
    ],
    [
      "a target with an empty list of formats",
      { publishTo: [{ ...directory, formats: [] }] },
      "publishTo[0].formats",
      />=1/,
    ],
    [
      "a directory without path",
      { publishTo: [{ type: "directory" }] },
      "publishTo[0].path",
      /^is required$/,
    ],
    [
      "an endpoint that is no URL",
      { publishTo: [{ ...s3, endpoint: "minio:9000" }] },
      "publishTo[0].endpoint",
      /http or https URL/,
    ],
    [
      "an unknown encryption",
      { publishTo: [{ ...s3, sse: "aes" }] },
      "publishTo[0].sse",
      /"AES256"\|"aws:kms"/,
    ],
    [
      "an unknown way of checksums",
      { publishTo: [{ ...s3, checksums: "off" }] },
      "publishTo[0].checksums",
      /"auto"\|"required-only"/,
    ],
    [
      "a key ID without its secret",
      { publishTo: [{ ...s3, accessKeyId: "AKIA" }] },
      "publishTo[0].secretAccessKey",
      /^is missing/,
    ],
    [
      "a secret without its key ID",
      { publishTo: [{ ...s3, secretAccessKey: "x" }] },
      "publishTo[0].accessKeyId",
      /^is missing/,
    ],
    [
      "a web address with credentials",
      { publishTo: [{ ...web, url: "https://me:pw@h/a" }] },
      "publishTo[0].url",
      /user or password; give them in `headers`[^]*`headersFile`/,
    ],
    [
      "a web address with a query",
      { publishTo: [{ ...web, url: "https://h/a?sig=1" }] },
      "publishTo[0].url",
      /query or fragment[^]*`headers`/,
    ],
    [
      "a public address with credentials",
      { publishTo: [{ ...web, publicUrl: "https://me@h/a" }] },
      "publishTo[0].publicUrl",
      /user or password/,
    ],
    [
      "a disk that no VHD can hold",
      { formats: ["vhd"], machine: { diskSize: "2041GiB" } },
      "formats[0]",
      /holds at most 2040 GiB, and the disk has 2041 GiB/,
    ],
    [
      "one repository in two entries",
      { publishTo: [oci, { ...oci, plainHttp: true, tag: "t" }] },
      "publishTo[1]",
      /repeats a target/,
    ],
    [
      "a moving tag for several formats",
      { publishTo: [{ ...oci, tag: "t" }], formats: ["qcow2", "containerdisk"] },
      "publishTo[0].tag",
      /can refer to one artifact only; name one format/,
    ],
    [
      "a repository without a registry",
      { publishTo: [{ ...oci, repository: "team/images" }] },
      "publishTo[0].repository",
      /^must be a registry and a name/,
    ],
    [
      "a user without a password",
      { publishTo: [{ ...oci, username: "u" }] },
      "publishTo[0].password",
      /^is missing/,
    ],
    [
      "a public address that is none",
      { publishTo: [{ ...s3, publicUrl: "cdn.example.com/{key}" }] },
      "publishTo[0].publicUrl",
      /must be an http or https URL/,
    ],
    [
      "a public address with another placeholder",
      { publishTo: [{ ...s3, publicUrl: "https://cdn/{name}" }] },
      "publishTo[0].publicUrl",
      /another placeholder than \{bucket\} and \{key\}/,
    ],
    [
      "a bucket in the public address of a web server",
      { publishTo: [{ ...web, publicUrl: "https://cdn/{bucket}" }] },
      "publishTo[0].publicUrl",
      /another placeholder than \{key\}/,
    ],
    [
      "a public address with a query",
      { publishTo: [{ ...s3, publicUrl: "https://cdn/{key}?token=1" }] },
      "publishTo[0].publicUrl",
      /query or fragment/,
    ],
    [
      "more tags than S3 allows",
      {
        publishTo: [
          {
            ...s3,
            tags: Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`t${index}`, ""])),
          },
        ],
      },
      "publishTo[0].tags",
      /more than 10 tags/,
    ],
    [
      "a tag of AWS itself",
      { publishTo: [{ ...s3, tags: { "aws:x": "y" } }] },
      "publishTo[0].tags.aws:x",
      /not a valid tag name/,
    ],
    [
      "a tag's value that is too long",
      { publishTo: [{ ...s3, tags: { x: "y".repeat(257) } }] },
      "publishTo[0].tags.x",
      /longer than 256/,
    ],
    [
      "a tag's value with a character that is not allowed",
      { publishTo: [{ ...s3, tags: { x: "a,b" } }] },
      "publishTo[0].tags.x",
      /not allowed in tags/,
    ],
    [
      "a Cache-Control that breaks the line",
      { publishTo: [{ ...s3, cacheControl: "a\r\nb: c" }] },
      "publishTo[0].cacheControl",
      /not allowed in a header/,
    ],
    [
      "a header that breaks the line",
      { publishTo: [{ ...web, headers: { a: "b\r\nc: d" } }] },
      "publishTo[0].headers.a",
      /line break/,
    ],
    [
      "a header's name that is none",
      { publishTo: [{ ...web, headers: { "a b": "c" } }] },
      "publishTo[0].headers.a b",
      /^is not a valid header name/,
    ],
    [
      "one web address in two spellings",
      { publishTo: [web, { ...web, url: "HTTPS://H:443/a/" }] },
      "publishTo[1]",
      /repeats a target/,
    ],
    ...[web, s3].flatMap((target): (readonly [string, object, string, RegExp])[] => [
      [
        `100 GiB of uncompressed raw for a target of the type ${target.type}`,
        { publishTo: [target], formats: ["qcow2", { type: "raw", compression: "none" }] },
        "formats[1].compression",
        /100 GiB of the disk, including unused blocks, across a network; use `zstd` or `gzip`[^]*32 GiB/,
      ],
      [
        `a VHD of 100 GiB for a target of the type ${target.type}`,
        { publishTo: [directory, target], formats: ["vhd"] },
        "formats[0]",
        /across a network; publish it to a directory[^]*`qcow2`[^]*`machine.diskSize` at most 32 GiB/,
      ],
    ]),
    ["an unknown build host", { buildHost: { type: "ssh" } }, "buildHost.type", /"local"/],
    [
      "a regular expression that is none",
      { verify: { expect: "(" } },
      "verify.expect",
      /is not a regular expression/,
    ],
    ["a time limit of nothing", { timeouts: { fetch: 0 } }, "timeouts.fetch", />0/],
    [
      "a time limit beyond what a timer can wait",
      { timeouts: { install: 10_001 } },
      "timeouts.install",
      /<=10000/,
    ],
    [
      "an unknown time limit",
      { timeouts: { inspect: 1 } },
      "timeouts.inspect",
      /not a known property/,
    ],
    ["a recipe by its number", { recipe: "1" }, "recipe", /"latest"/],
  ];
  for (const [rule, change, path, reason] of refusals) {
    it(`refuses ${rule}`, () => {
      const parsed = parseImageSpec({ ...good, ...change });
      assert.ok(parsed.state === "invalid");
      assert.deepEqual(
        parsed.problems.map((problem) => problem.path),
        [path],
      );
      assert.match(parsed.problems[0]?.reason ?? "", reason);
    });
  }

  it("requires both literal credentials if a session token is given", () => {
    const parsed = parseImageSpec({ ...good, publishTo: [{ ...s3, sessionToken: "x" }] });
    assert.ok(parsed.state === "invalid");
    assert.deepEqual(
      parsed.problems.map(({ path }) => path),
      ["publishTo[0].accessKeyId", "publishTo[0].secretAccessKey"],
    );
  });

  const accepted: readonly (readonly [string, object])[] = [
    ["complete literal credentials", { publishTo: [{ ...s3, ...keys, sessionToken: "t" }] }],
    [
      "a user who logs in by key only",
      { users: [{ name: "ada", sshAuthorizedKeys: [publicKey] }] },
    ],
    ["Secure Boot under UEFI", { machine: { firmware: "uefi", secureBoot: true } }],
    ["a path that is pinned", { installer: { path: "a", sha256: "ab".repeat(32) } }],
    [
      "headers of a web server",
      { publishTo: [{ ...web, headers: { "X-A": "b c" }, headersFile: "f" }] },
    ],
    [
      "a moving tag for the one format that the target takes",
      {
        publishTo: [{ ...oci, tag: "t", formats: ["containerdisk"] }],
        formats: ["qcow2", "containerdisk"],
      },
    ],
    ["a raw of which nothing is said across a network", { publishTo: [web], formats: ["raw"] }],
    [
      "an uncompressed disk of 32 GiB across a network",
      {
        publishTo: [web],
        formats: ["vhd", { type: "raw", compression: "none" }],
        machine: { diskSize: "32GiB" },
      },
    ],
    [
      "a large uncompressed disk that goes to a directory only",
      { publishTo: [{ ...web, formats: ["qcow2"] }, directory], formats: ["qcow2", "vhd"] },
    ],
    [
      "an adopted disk of whatever size",
      { publishTo: [web], formats: ["vhd"], adopt: "ab".repeat(32) },
    ],
    ["the longest time limit", { timeouts: { install: 10_000 } }],
  ];
  for (const [rule, change] of accepted) {
    it(`accepts ${rule}`, () =>
      assert.equal(parseImageSpec({ ...good, ...change }).state, "valid"));
  }
});
