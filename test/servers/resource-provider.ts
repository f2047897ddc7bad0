import * as grpc from "@grpc/grpc-js";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import {
  CheckResponse,
  ConfigureResponse,
  CreateResponse,
  DiffResponse,
  InvokeResponse,
  PropertyDiff,
  ReadResponse,
  UpdateResponse,
  type CheckRequest,
  type CreateRequest,
  type DeleteRequest,
  type DiffRequest,
  type InvokeRequest,
  type ReadRequest,
  type UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import { changesBetween, type Change, type Properties } from "./property-changes";

/** The operations of another package's provider, for packages whose plugin is not available. */
export interface ProviderBehaviour {
  /** Whether a change of the property at that path replaces the resource. */
  replaces(type: string, path: string): boolean;
  /** Whether the old resource must be deleted before the new one is created, because both have the same name. */
  deletesFirst(type: string, olds: Properties, news: Properties): boolean;
  /** Creates the resource and returns its outputs; with `isPreview` it creates nothing. */
  create(type: string, inputs: Properties, isPreview: boolean): Promise<Made>;
  update(type: string, id: string, inputs: Properties, isPreview: boolean): Promise<Properties>;
  /** Undefined if the resource is gone. */
  read(type: string, id: string, outputs: Properties): Promise<Properties | undefined>;
  remove(type: string, id: string, outputs: Properties): Promise<void>;
  /** An `invoke` function of the provider, such as `getDatacenter`. */
  invoke(token: string, args: Properties): Promise<Properties>;
}

interface Made {
  readonly id: string;
  readonly outputs: Properties;
}

/** The engine's calls that change something. */
export interface ProviderCall {
  readonly verb: "create" | "update" | "delete";
  readonly name: string;
  readonly inputs: Properties;
}

export interface ResourceProvider {
  readonly port: number;
  readonly calls: readonly ProviderCall[];
  stop(): Promise<void>;
}

/** A provider to which the engine attaches: `PULUMI_DEBUG_PROVIDERS=<package>:<port>`. */
export async function startResourceProvider(
  behaviour: ProviderBehaviour,
): Promise<ResourceProvider> {
  const calls: ProviderCall[] = [];
  const server = new grpc.Server();
  server.addService(ResourceProviderService, {
    attach: unary(() => new Empty()),
    cancel: unary(() => new Empty()),
    // Newer than every version that a program requires.
    getPluginInfo: unary(() => new PluginInfo().setVersion("999.0.0")),
    checkConfig: unary((request: CheckRequest) => new CheckResponse().setInputs(request.getNews())),
    diffConfig: unary(() => new DiffResponse().setChanges(DiffResponse.DiffChanges.DIFF_NONE)),
    configure: unary(() => new ConfigureResponse().setSupportspreview(true)),
    check: unary((request: CheckRequest) => new CheckResponse().setInputs(request.getNews())),
    diff: unary((request: DiffRequest) => diff(behaviour, request)),
    create: unary(async (request: CreateRequest) => {
      const { type, name } = resourceOf(request);
      const inputs = plain(request.getProperties());
      if (!request.getPreview()) calls.push({ verb: "create", name, inputs });
      const { id, outputs } = await behaviour.create(type, inputs, request.getPreview());
      return new CreateResponse().setId(id).setProperties(struct(outputs));
    }),
    update: unary(async (request: UpdateRequest) => {
      const { type, name } = resourceOf(request);
      const inputs = plain(request.getNews());
      if (!request.getPreview()) calls.push({ verb: "update", name, inputs });
      const isPreview = request.getPreview();
      const outputs = await behaviour.update(type, request.getId(), inputs, isPreview);
      return new UpdateResponse().setProperties(struct(outputs));
    }),
    read: unary(async (request: ReadRequest) => {
      const { type } = resourceOf(request);
      const outputs = await behaviour.read(type, request.getId(), plain(request.getProperties()));
      if (outputs === undefined) return new ReadResponse();
      const answer = new ReadResponse().setId(request.getId()).setInputs(request.getInputs());
      return answer.setProperties(struct(outputs));
    }),
    delete: unary(async (request: DeleteRequest) => {
      const { type, name } = resourceOf(request);
      const outputs = plain(request.getProperties());
      calls.push({ verb: "delete", name, inputs: plain(request.getOldInputs()) });
      await behaviour.remove(type, request.getId(), outputs);
      return new Empty();
    }),
    invoke: unary(async (request: InvokeRequest) => {
      const found = await behaviour.invoke(request.getTok(), plain(request.getArgs()));
      return new InvokeResponse().setReturn(struct(found));
    }),
  });
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = grpc.ServerCredentials.createInsecure();
    server.bindAsync("127.0.0.1:0", credentials, (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return {
    port,
    calls,
    stop: () => {
      server.forceShutdown();
      return Promise.resolve();
    },
  };
}

function diff(behaviour: ProviderBehaviour, request: DiffRequest): DiffResponse {
  const { type } = resourceOf(request);
  const [olds, news] = [plain(request.getOldInputs()), plain(request.getNews())];
  const changes = changesBetween(olds, news);
  const { DIFF_SOME, DIFF_NONE } = DiffResponse.DiffChanges;
  const answer = new DiffResponse()
    .setChanges(changes.size > 0 ? DIFF_SOME : DIFF_NONE)
    .setHasdetaileddiff(true)
    .setDeletebeforereplace(behaviour.deletesFirst(type, olds, news));
  for (const [path, change] of changes) {
    const replaces = behaviour.replaces(type, path);
    const kind = kinds[change][replaces ? "replacing" : "updating"];
    answer.getDetaileddiffMap().set(path, new PropertyDiff().setKind(kind).setInputdiff(true));
    const [property = path] = path.split(/[.[]/, 1);
    answer.addDiffs(property);
    if (replaces) answer.addReplaces(property);
  }
  return answer;
}

const { Kind } = PropertyDiff;
const kinds: Readonly<
  Record<Change, Readonly<Record<"updating" | "replacing", PropertyDiff.Kind>>>
> = {
  add: { updating: Kind.ADD, replacing: Kind.ADD_REPLACE },
  delete: { updating: Kind.DELETE, replacing: Kind.DELETE_REPLACE },
  update: { updating: Kind.UPDATE, replacing: Kind.UPDATE_REPLACE },
};

/** A unary method that returns its response or an error. */
function unary<Request, Answer>(
  answer: (request: Request) => Answer | Promise<Answer>,
): grpc.handleUnaryCall<Request, Answer> {
  return (call, callback) => {
    Promise.resolve(call.request)
      .then(answer)
      .then(
        (value) => callback(null, value),
        (thrown: unknown) => callback({ code: grpc.status.UNKNOWN, details: String(thrown) }),
      );
  };
}

function resourceOf(request: { getUrn(): string }): { type: string; name: string } {
  const [, , types = "", name = ""] = request.getUrn().split("::");
  return { type: types.split("$").at(-1) ?? "", name };
}

function plain(properties: Struct | undefined): Properties {
  return properties?.toJavaScript() ?? {};
}

function struct(properties: Properties): Struct {
  // A Struct cannot hold `undefined`, so the value goes through JSON.
  const value: unknown = JSON.parse(JSON.stringify(properties));
  return Struct.fromJavaScript(value as Parameters<typeof Struct.fromJavaScript>[0]);
}
