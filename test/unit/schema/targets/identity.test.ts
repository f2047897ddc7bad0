import assert from "node:assert/strict";
import { canonicalTargetId, targetId } from "../../../../provider/schema/targets/identity";
import { repeatedTargets } from "../../../../provider/schema/image-rules";
import { targetSchema } from "../../../../provider/schema/targets/target";

const s3 = (more: object) => ({ type: "s3", bucket: "images", ...more });
const http = (url: string) => ({ type: "http", url });
const oci = (repository: string) => ({ type: "oci", repository });
const library = (server: string) => ({ type: "vsphere", server, library: "Edge images" });
const cdi = (more: object) => ({ type: "cdi", ...more });
const directory = (path: string) => ({ type: "directory", path });

/** Identities with all spellings of each. Identities of different lines differ. */
const table: readonly (readonly [string, readonly object[]])[] = [
  [
    "directory:images",
    ["images", "./images/", "images/", "a/../images", "./a/.././images//"].map(directory),
  ],
  ["directory:../images", ["../images", "a/../../images/"].map(directory)],
  ["directory:Images", [directory("Images")]],
  ["directory:/srv/images", ["/srv/images", "//srv/./images/", "/srv/a/../images"].map(directory)],
  ["directory:/", ["/", "/a/.."].map(directory)],
  ["directory:.", [".", "./", "a/.."].map(directory)],
  [
    "s3://images",
    [
      s3({}),
      s3({ prefix: "/" }),
      s3({ endpoint: "https://s3.eu-central-1.amazonaws.com" }),
      s3({ endpoint: "https://S3.amazonaws.com:443/" }),
      s3({ endpoint: "https://s3.dualstack.us-east-1.amazonaws.com" }),
    ],
  ],
  [
    "s3://images (https://s3.cn-north-1.amazonaws.com.cn)",
    [s3({ endpoint: "https://s3.cn-north-1.amazonaws.com.cn" })],
  ],
  ["s3://images/a/b", [s3({ prefix: "a/b" }), s3({ prefix: "/a/b/" })]],
  [
    "s3://images (https://h)",
    ["https://h", "https://H", "https://h:443", "https://h/", "https://h.", "HTTPS://H.:443//"].map(
      (endpoint) => s3({ endpoint }),
    ),
  ],
  ["s3://images (http://h)", ["http://h", "http://h:80/"].map((endpoint) => s3({ endpoint }))],
  ["s3://images (http://h:443)", [s3({ endpoint: "http://h:443" })]],
  [
    "s3://images/edge (http://[::1]:9000/s3)",
    ["http://[::1]:9000/s3/", "http://[0:0:0:0:0:0:0:1]:9000/s3"].map((endpoint) =>
      s3({ prefix: "edge", endpoint }),
    ),
  ],
  [
    "https://h",
    ["https://h", "https://h:443", "https://H", "https://h/", "https://h.", "HTTPS://h:443/"].map(
      http,
    ),
  ],
  [
    "https://h:8443/a",
    ["https://h:8443/a", "https://h:8443/b/../a//", "https://H:8443/a/"].map(http),
  ],
  [
    "http://h/~edge/a%20b",
    ["http://h/~edge/a%20b", "http://h:80/%7Eedge/a b/", "http://h/%7eedge/a%20b"].map(http),
  ],
  ["http://h/a%2Fb", ["http://h/a%2Fb", "http://h/a%2fb"].map(http)],
  ["http://h/a/b", [http("http://h/a/b")]],
  [
    "oci://registry.example.com/team/images",
    [
      "registry.example.com/team/images",
      "Registry.Example.com/team/images",
      "registry.example.com:443/team/images",
    ].map(oci),
  ],
  ["oci://registry.example.com:5000/team/images", [oci("REGISTRY.example.com:5000/team/images")]],
  [
    "oci://docker.io/team/images",
    [
      "docker.io/team/images",
      "index.docker.io/team/images",
      "registry-1.docker.io/team/images",
    ].map(oci),
  ],
  ["oci://docker.io/images", ["docker.io/images", "docker.io/library/images"].map(oci)],
  ["oci://[::1]:5000/images", ["[::1]:5000/images", "[0:0:0:0:0:0:0:1]:5000/images"].map(oci)],
  [
    "vsphere://vcenter/library/Edge%20images",
    ["vcenter", "VCENTER", "vcenter:443", "vcenter."].map(library),
  ],
  ["vsphere://vcenter:8443/library/Edge%20images", [library("vcenter:8443")]],
  [
    "vsphere://vcenter/DC/datastore/one/a/b",
    [
      {
        type: "vsphere",
        server: "vcenter",
        datacenter: "/DC/",
        datastore: "one",
        folder: "/a//b/",
      },
      { type: "vsphere", server: "VCenter:443", datacenter: "DC", datastore: "one", folder: "a/b" },
    ],
  ],
  ["cdi://.", [cdi({})]],
  ["cdi://edge", [cdi({ namespace: "edge" })]],
  ["cdi://edge (one)", [cdi({ namespace: "edge", context: "one" })]],
  [
    "cdi://edge (one in clusters.yaml)",
    ["clusters.yaml", "./clusters.yaml", "a/../clusters.yaml"].map((kubeconfig) =>
      cdi({ namespace: "edge", context: "one", kubeconfig }),
    ),
  ],
  [
    "cdi://edge (clusters.yaml)",
    ["clusters.yaml", "./clusters.yaml"].map((kubeconfig) =>
      cdi({ namespace: "edge", kubeconfig }),
    ),
  ],
];

describe("the identity of a target", () => {
  for (const [id, spellings] of table) {
    it(`${id}: all spellings are one target, and a second one is refused`, () => {
      const specs = spellings.map((it) => targetSchema.parse(it));
      for (const spec of specs) assert.equal(targetId(spec), id, JSON.stringify(spec));
      assert.deepEqual(repeatedTargets(specs), [...specs.keys()].slice(1));
    });
  }

  it("differs between the lines of the table", () => {
    const first = table.flatMap(([, [spelling]]) => targetSchema.parse(spelling));
    assert.deepEqual(repeatedTargets(first), []);
  });

  it("is the same when it is read again", () => {
    for (const [id] of table) assert.equal(canonicalTargetId(id), id);
  });

  it("is found in what an earlier version stored", () => {
    const stored = {
      "oci://Registry.example.com:443/team/images": "oci://registry.example.com/team/images",
      "oci://docker.io/library/images": "oci://docker.io/images",
      "vsphere://vcenter:443/library/Edge%20images": "vsphere://vcenter/library/Edge%20images",
      "s3://images/edge (https://s3.eu-west-1.amazonaws.com)": "s3://images/edge",
      "s3://images (https://h.)": "s3://images (https://h)",
      "http://h/%7Eedge": "http://h/~edge",
      "cdi://edge (one in ./clusters.yaml)": "cdi://edge (one in clusters.yaml)",
      "cdi://edge (./clusters.yaml)": "cdi://edge (clusters.yaml)",
    };
    for (const [text, id] of Object.entries(stored)) assert.equal(canonicalTargetId(text), id);
  });

  it("leaves texts alone that it does not know", () => {
    for (const text of ["", "directory:", "elsewhere", "new://place", "https://", "oci://"]) {
      assert.doesNotThrow(() => canonicalTargetId(text), text);
    }
    assert.equal(canonicalTargetId("new://Place/"), "new://Place/");
  });
});
