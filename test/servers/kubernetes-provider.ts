import { z } from "zod";
import type { KubeAnswer, KubeApiServer } from "./kube-apiserver";
import type { Properties } from "./property-changes";
import { startResourceProvider, type ResourceProvider } from "./resource-provider";

const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string() }),
});
type Manifest = z.infer<typeof manifestSchema>;

/**
 * The protocol of Pulumi's Kubernetes provider over a real API server: it applies each object by server-side apply,
 * makes a preview by a dry run, and replaces an object whose kind, name or namespace changes, deleting first if both
 * have the same name. A warning of the server is an error here; the real provider would pass it on.
 */
export function startKubernetesProvider(cluster: KubeApiServer): Promise<ResourceProvider> {
  const pathOf = async ({ apiVersion, kind, metadata }: Manifest): Promise<string> => {
    const group = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const { resources } = listSchema.parse((await cluster.call("GET", group)).body);
    const found = resources.find((it) => it.kind === kind && !it.name.includes("/"));
    if (found === undefined) throw new Error(`The server knows no ${kind} of ${apiVersion}.`);
    return `${group}/namespaces/${metadata.namespace}/${found.name}/${metadata.name}`;
  };
  const apply = async (inputs: Properties, isPreview: boolean): Promise<Properties> => {
    // A name that is known only during `up` cannot be looked up.
    if (JSON.stringify(inputs).includes(unknownValue)) return inputs;
    const manifest = manifestSchema.parse(inputs);
    const query = `fieldManager=pulumi&fieldValidation=Strict${isPreview ? "&dryRun=All" : ""}`;
    const answer = await cluster.call("PATCH", `${await pathOf(manifest)}?${query}`, {
      body: manifest,
      contentType: "application/apply-patch+yaml",
    });
    if (answer.warnings.length > 0) throw new Error(answer.warnings.join());
    return { ...objectOf(answer), ...manifest };
  };
  return startResourceProvider({
    replaces: (_type, path) => /^(?:apiVersion|kind|metadata\.(?:name|namespace))$/.test(path),
    deletesFirst: (_type, olds, news) => nameIn(olds) === nameIn(news),
    async create(_type, inputs, isPreview) {
      const outputs = await apply(inputs, isPreview);
      return { id: isPreview ? "" : nameIn(inputs), outputs };
    },
    update: (_type, _id, inputs, isPreview) => apply(inputs, isPreview),
    async read(_type, _id, outputs) {
      const answer = await cluster.call("GET", await pathOf(manifestSchema.parse(outputs)));
      return answer.status === 404 ? undefined : objectOf(answer);
    },
    async remove(_type, _id, outputs) {
      const path = await pathOf(manifestSchema.parse(outputs));
      objectOf(await cluster.call("DELETE", path));
    },
    invoke: (token) => Promise.reject(new Error(`${token} is not among what the examples call.`)),
  });
}

/** The engine's placeholder in a preview for a value that is known only during `up`. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const listSchema = z.object({
  resources: z.array(z.object({ kind: z.string(), name: z.string() })),
});

const namedSchema = manifestSchema.pick({ metadata: true });

/** Empty if the value is unknown in a preview. */
function nameIn(properties: Properties): string {
  const { data } = namedSchema.safeParse(properties);
  return data === undefined ? "" : `${data.metadata.namespace}/${data.metadata.name}`;
}

function objectOf({ status, body }: KubeAnswer): Properties {
  if (status >= 300) throw new Error(`The API server answers ${status}: ${JSON.stringify(body)}`);
  return z.record(z.string(), z.unknown()).parse(body);
}
