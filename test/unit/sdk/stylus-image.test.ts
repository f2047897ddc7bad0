import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { ExistingImageArgs, StylusImageArgs } from "../../../sdk";
import { publicationAt } from "../agent/samples";

type Inputs = Readonly<Record<string, unknown>>;
interface Registered {
  readonly type: string;
  readonly name: string;
  readonly inputs: Inputs;
  /** Of what is read. */
  readonly id?: string | undefined;
}

const registered: Registered[] = [];
let answer: Inputs = {};

/** The class is loaded after the mocks are set, as Pulumi asks for. */
async function sdk() {
  return import("../../../sdk/index.js").catch(
    () => require("../../../sdk") as typeof import("../../../sdk"),
  );
}

async function image(args: StylusImageArgs, options?: pulumi.CustomResourceOptions) {
  const { StylusImage } = await sdk();
  return new StylusImage("edge", args, options);
}

async function setMocks(mode: "up" | "preview"): Promise<void> {
  registered.length = 0;
  answer = {};
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, id }) => {
        registered.push({ type, name, inputs: inputs as Inputs, id });
        return { id: `${name}-id`, state: { ...(inputs as Inputs), ...answer } };
      },
      call: () => ({}),
    },
    "project",
    "stack",
    mode === "preview",
  );
}

const valueOf = <T>(output: pulumi.Output<T>) => new Promise<T>((resolve) => output.apply(resolve));
const good: StylusImageArgs = {
  installer: "https://h/a.iso",
  publishTo: [{ type: "directory", path: "images" }],
};

/** A value of the registered inputs, and whether it is a secret. */
async function registeredInputs(args: StylusImageArgs): Promise<Inputs> {
  const it = await image(args);
  await valueOf(it.urn);
  const found = registered.find(({ type }) => type.includes("StylusImage"));
  assert.ok(found !== undefined);
  return found.inputs;
}

const secretSignature = "4dabf18193072939515e22adb298388d";
function isSecret(value: unknown): boolean {
  return typeof value === "object" && value !== null && secretSignature in value;
}

interface Knowable {
  readonly isKnown: Promise<boolean>;
  readonly promise: () => Promise<unknown>;
}

/** Every output has this; its public type does not say so. */
function isKnowable(value: unknown): value is Knowable {
  return typeof value === "object" && value !== null && "isKnown" in value;
}

describe("StylusImage", () => {
  beforeEach(() => setMocks("up"));

  it("is registered under the type in existing states", async () => {
    await registeredInputs(good);
    assert.equal(registered.at(-1)?.type, "pulumi-nodejs:dynamic/stylus-image:StylusImage");
  });

  it("passes the arguments, without undefined ones", async () => {
    const none = { palette: undefined, users: undefined, machine: { cpus: undefined } };
    const inputs = await registeredInputs({ ...good, ...none } as unknown as StylusImageArgs);
    const { selfUrn, __provider, sealed, ...rest } = inputs;
    assert.equal(typeof selfUrn, "string");
    assert.ok(isSecret(sealed));
    assert.notEqual(__provider, undefined);
    assert.deepEqual(rest, { ...good, machine: {} });
  });

  it("marks secrets in the registered inputs", async () => {
    const inputs = await registeredInputs({
      ...good,
      palette: { endpoint: "api", edgeHostToken: "t0ken" },
      users: [{ name: "ada", password: "hunter22" }],
      userData: "#cloud-config",
    });
    for (const name of ["palette", "users", "userData"]) assert.ok(isSecret(inputs[name]), name);
    for (const name of ["installer", "publishTo"])
      assert.equal(isSecret(inputs[name]), false, name);
  });

  it("marks secrets inside outputs", async () => {
    const inputs = await registeredInputs({
      ...good,
      palette: pulumi.output({ endpoint: "api", edgeHostToken: "t0ken" }),
      users: pulumi.output([{ name: "ada", password: "hunter22" }]),
    });
    for (const name of ["palette", "users"]) assert.ok(isSecret(inputs[name]), name);
  });

  describe("selfUrn", () => {
    it("is the URN that the engine assigns", async () => {
      const it_ = await image(good);
      const urn = await valueOf(it_.urn);
      assert.equal(registered.at(-1)?.inputs["selfUrn"], urn);
      assert.equal(
        urn,
        "urn:pulumi:stack::project::pulumi-nodejs:dynamic/stylus-image:StylusImage::edge",
      );
    });

    it("is the URN below a parent", async () => {
      const parent = new pulumi.ComponentResource("my:own:Component", "parent");
      const it_ = await image(good, { parent });
      const urn = await valueOf(it_.urn);
      assert.equal(registered.at(-1)?.inputs["selfUrn"], urn);
      assert.match(urn, /my:own:Component\$pulumi-nodejs:dynamic/);
    });
  });

  it("rejects `import` and names the alternative", async () => {
    await assert.rejects(image(good, { import: "edge-0123456789ab" }), (error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.match(error.message, /`adopt: .*`installKey` of `stylus-image build --json`/);
      return true;
    });
  });

  describe("stack traces", () => {
    const before = Error.stackTraceLimit;

    it("are enabled again after the constructor", async () => {
      await image(good);
      assert.equal(Error.stackTraceLimit, before);
    });

    it("show the program's line when Pulumi rejects the resource", async () => {
      const { StylusImage } = await sdk();
      const makeNameless = () => new StylusImage("", good);
      assert.throws(makeNameless, (error) => {
        assert.match(String((error as Error).stack), /makeNameless/);
        return true;
      });
      assert.equal(Error.stackTraceLimit, before);
    });
  });

  it("returns all outputs as plain data", async () => {
    const facts = { installKey: "k", firmware: "bios", contentDigest: "d", virtualSizeBytes: 1 };
    const more = {
      arch: "amd64",
      guestId: "g",
      scsiType: "s",
      recipe: "1",
      installerSha256: "c",
      reportUrl: "https://r",
    };
    const outputs = { artifacts: [publicationAt("s3://b")], ...facts, ...more };
    answer = { ...outputs, instance: "i", known: {} };
    assert.deepEqual(await valueOf((await image(good)).outputs), outputs);
  });

  describe("get", () => {
    const place: ExistingImageArgs = { publishTo: [{ type: "directory", path: "images" }] };
    const get = async () => (await sdk()).StylusImage.get("its", "e-1", place);

    it("reads the image of an ID from targets", async () => {
      const it_ = await get();
      await valueOf(it_.urn);
      const { id, name, inputs } = registered.at(-1) ?? {};
      assert.deepEqual([id, name, inputs?.["publishTo"]], ["e-1", "its", place.publishTo]);
    });

    it("has known artifacts in a preview", async () => {
      await setMocks("preview");
      answer = { artifacts: [publicationAt("s3://b")] };
      const found: unknown = (await get()).artifact("raw");
      assert.ok(isKnowable(found));
      assert.equal(await found.isKnown, true);
    });
  });

  describe("artifact", () => {
    const artifacts = [publicationAt("directory:a", "raw"), publicationAt("s3://b", "qcow2")];

    it("returns the published artifact", async () => {
      answer = { artifacts };
      const it_ = await image(good);
      assert.equal((await valueOf(it_.artifact("qcow2"))).uri, artifacts[1]?.uri);
    });

    const places = [
      { format: "raw", target: "directory:a" },
      { format: "qcow2", target: "s3://b" },
    ];
    const inPreview = async (given: Inputs, format: string) => {
      await setMocks("preview");
      answer = given;
      const found: unknown = (await image(good)).artifact(format);
      assert.ok(isKnowable(found));
      return found;
    };

    for (const [what, given, expected] of [
      ["there in a preview where the image does not change", { artifacts }, true],
      ["there in a preview where it is known before", { known: { places, artifacts } }, true],
      ["computed in a preview where nothing is known", {}, false],
      [
        "computed in a preview where it is yet to be made",
        { known: { places, artifacts: [artifacts[1]] } },
        false,
      ],
      [
        "computed in a preview where another target comes first",
        {
          known: { places: [{ format: "raw", target: "directory:new" }, ...places], artifacts },
        },
        false,
      ],
    ] as const) {
      it(`is ${what}`, async () => {
        assert.equal(await (await inPreview(given, "raw")).isKnown, expected);
      });
    }

    it("fails in a preview if the format is not requested", async () => {
      const found = await inPreview({ known: { places, artifacts: [] } }, "ova");
      await assert.rejects(found.promise(), /no artifact "ova"; it has raw at directory:a, qcow2/);
    });
  });
});
