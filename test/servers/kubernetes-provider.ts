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
 * Pulumi's Kubernetes provider by its protocol, over a real API server: it applies each object on the server's side, a
 * preview as a dry run, and replaces one of another kind, name or namespace, the old one first where both have one name.
 * What the server says of an object is an error here, where the provider's own would pass a warning on.
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
    // A name that only `up` will know cannot be asked for.
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

/** What the engine gives in a preview for what only `up` will know. */
const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const listSchema = z.object({
  resources: z.array(z.object({ kind: z.string(), name: z.string() })),
});

const namedSchema = manifestSchema.pick({ metadata: true });

/** Empty where a preview does not know it yet. */
function nameIn(properties: Properties): string {
  const { data } = namedSchema.safeParse(properties);
  return data === undefined ? "" : `${data.metadata.namespace}/${data.metadata.name}`;
}

function objectOf({ status, body }: KubeAnswer): Properties {
  if (status >= 300) throw new Error(`The API server answers ${status}: ${JSON.stringify(body)}`);
  return z.record(z.string(), z.unknown()).parse(body);
}
