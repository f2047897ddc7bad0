import { createRequire } from "node:module";
import ts from "typescript";

/** A CustomResourceDefinition to post. */
export interface Crd {
  readonly apiVersion: "apiextensions.k8s.io/v1";
  readonly kind: "CustomResourceDefinition";
  readonly metadata: { readonly name: string };
  readonly spec: unknown;
}

type Schema = Readonly<Record<string, unknown>>;

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  /** Module of `@kubevirt-ui-ext/kubevirt-api`, and the interface in it. */
  readonly module: "containerized-data-importer" | "kubevirt";
  readonly type: string;
  readonly scope?: "Cluster" | "Namespaced";
}

const cdiKind = { group: "cdi.kubevirt.io", version: "v1beta1" } as const;
const cdiModule = "containerized-data-importer";
const kinds: readonly Kind[] = [
  {
    ...cdiKind,
    kind: "DataVolume",
    plural: "datavolumes",
    module: cdiModule,
    type: "V1beta1DataVolume",
  },
  {
    ...cdiKind,
    kind: "DataImportCron",
    plural: "dataimportcrons",
    module: cdiModule,
    type: "V1beta1DataImportCron",
  },
  {
    ...cdiKind,
    kind: "CDIConfig",
    plural: "cdiconfigs",
    module: cdiModule,
    type: "V1beta1CDIConfig",
    scope: "Cluster",
  },
  {
    group: "kubevirt.io",
    version: "v1",
    kind: "VirtualMachine",
    plural: "virtualmachines",
    module: "kubevirt",
    type: "V1VirtualMachine",
  },
];

/**
 * The CRD files of KubeVirt and CDI are not available from a package registry. This file derives structural schemas
 * from the types in `@kubevirt-ui-ext/kubevirt-api`, which were generated from their OpenAPI: every field with its
 * type, and whether it is required. Patterns, limits and webhooks are missing, so a server with these CRDs checks
 * only the shape. The types precede CDI 1.65; the fields that it added to an HTTP source are added here.
 */
export function kubevirtCrds({ cdi = "1.65" }: { readonly cdi?: "1.63" | "1.65" } = {}): Crd[] {
  const added: Added = cdi === "1.65" ? { [httpSource]: { checksum: { type: "string" } } } : {};
  const files = new Map(kinds.map(({ module }) => [module, typesOf(module)]));
  const program = ts.createProgram([...files.values()], {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    types: [],
  });
  const checker = program.getTypeChecker();
  return kinds.map((kind) => {
    const source = program.getSourceFile(files.get(kind.module)!)!;
    const declared = checker
      .getExportsOfModule(checker.getSymbolAtLocation(source)!)
      .find(({ name }) => name === kind.type)!;
    const type = checker.getDeclaredTypeOfSymbol(checker.getAliasedSymbol(declared));
    const context = { checker, added: kind.module === cdiModule ? added : {} };
    const { apiVersion, kind: kindField, spec } = objectSchema(type, context, []).properties;
    return crd(kind, { apiVersion, kind: kindField, spec, metadata: { type: "object" } });
  });
}

function typesOf(module: string): string {
  const entry = createRequire(__filename).resolve(`@kubevirt-ui-ext/kubevirt-api/${module}`);
  return entry.replace(/\.cjs$/, ".d.cts");
}

function crd(
  { group, version, kind, plural, scope = "Namespaced" }: Kind,
  properties: Schema,
): Crd {
  const status = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const openAPIV3Schema = {
    type: "object",
    required: ["spec"],
    properties: { ...properties, status },
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema },
          // Allows a test to set the status that a controller would set.
          subresources: { status: {} },
        },
      ],
    },
  };
}

const anything: Schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true };

/** Fields that the types do not have yet, by interface. */
type Added = Readonly<Record<string, Readonly<Record<string, Schema>>>>;
const httpSource = "V1beta1DataVolumeSourceHTTP";

interface Context {
  readonly checker: ts.TypeChecker;
  readonly added: Added;
}

function schemaOf(type: ts.Type, context: Context, above: readonly ts.Type[]): Schema {
  const { checker } = context;
  const whole = checker.getNonNullableType(type);
  const parts = whole.isUnion() ? whole.types : [whole];
  const every = (flag: ts.TypeFlags) => parts.every((part) => (part.flags & flag) !== 0);
  if (every(ts.TypeFlags.BooleanLike)) return { type: "boolean" };
  if (every(ts.TypeFlags.StringLike)) return { type: "string" };
  if (every(ts.TypeFlags.NumberLike)) return { type: "number" };
  if (every(ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike)) {
    return { "x-kubernetes-int-or-string": true };
  }
  // The type `object`.
  if (every(ts.TypeFlags.NonPrimitive)) return anything;
  if (whole.symbol.name === "Date") return { type: "string", format: "date-time" };
  const item = checker.isArrayType(whole)
    ? checker.getIndexTypeOfType(whole, ts.IndexKind.Number)
    : undefined;
  if (item !== undefined) return { type: "array", items: schemaOf(item, context, above) };
  const value = checker.getIndexTypeOfType(whole, ts.IndexKind.String);
  if (value !== undefined) {
    return { type: "object", additionalProperties: schemaOf(value, context, above) };
  }
  // A schema cannot name itself.
  if (above.includes(whole)) return anything;
  const schema = objectSchema(whole, context, [...above, whole]);
  return Object.keys(schema.properties).length === 0 ? anything : schema;
}

interface ObjectSchema extends Schema {
  readonly properties: Readonly<Record<string, Schema>>;
}

function objectSchema(type: ts.Type, context: Context, above: readonly ts.Type[]): ObjectSchema {
  const fields = context.checker.getPropertiesOfType(type);
  const required = fields.filter(({ flags }) => (flags & ts.SymbolFlags.Optional) === 0);
  return {
    type: "object",
    ...(required.length > 0 && { required: required.map(({ name }) => name) }),
    properties: {
      ...Object.fromEntries(
        fields.map((field) => [
          field.name,
          schemaOf(context.checker.getTypeOfSymbol(field), context, above),
        ]),
      ),
      ...context.added[type.symbol.name],
    },
  };
}
