"""Writes `@pulumi/vsphere`, as far as the examples use it, from the package for Python that Pulumi publishes.

    generate.py WHEEL FOLDER

Both packages are generated from one schema, so that what stands in the one says what stands in the other: types of
resources and functions by their tokens, and the name and type of each argument. Nothing of the provider is in it.
"""

import ast
import json
import pathlib
import re
import sys
import zipfile

RESOURCES = ["virtual_machine"]
FUNCTIONS = ["get_datacenter", "get_datastore", "get_network", "get_resource_pool"]
PRIMITIVES = {"str": "string", "int": "number", "float": "number", "bool": "boolean", "Any": "any"}


def main(wheel, folder):
    with zipfile.ZipFile(wheel) as archive:
        read = lambda name: ast.parse(archive.read(f"pulumi_vsphere/{name}.py"))
        plugin = json.loads(archive.read("pulumi_vsphere/pulumi-plugin.json"))
        inputs = {it.name: it for it in classes(read("_inputs"))}
        js, dts, used = [], [], []
        for name in RESOURCES:
            write_resource(read(name), js, dts, used)
        for name in FUNCTIONS:
            write_function(read(name), js, dts, used)
    declared = set()
    while used:
        name = used.pop()
        if name not in declared:
            declared.add(name)
            dts.append(f"export interface {name} {{\n{fields(inputs[name], used)}}}")
    target = pathlib.Path(folder)
    target.mkdir(parents=True)
    manifest = {"name": "@pulumi/vsphere", "version": plugin["version"], "main": "index.js", "types": "index.d.ts"}
    (target / "package.json").write_text(json.dumps(manifest))
    head = f'"use strict";\nconst pulumi = require("@pulumi/pulumi");\nconst defaults = {{ version: "{plugin["version"]}" }};\n'
    (target / "index.js").write_text(head + "\n".join(js) + "\n")
    (target / "index.d.ts").write_text('import * as pulumi from "@pulumi/pulumi";\n' + "\n".join(dts) + "\n")


def classes(module):
    return [it for it in module.body if isinstance(it, ast.ClassDef)]


def write_resource(module, js, dts, used):
    args, resource = [next(it for it in classes(module) if is_kind(it)) for is_kind in (is_args, is_resource)]
    names = json.dumps([name for name, *_ in properties(args)])
    outputs = json.dumps([name for name, *_ in properties(resource)])
    dts.append(f"export interface {args.name} {{\n{fields(args, used)}}}")
    values = "".join(f"  readonly {name}: pulumi.Output<{output(kind)}>;\n" for name, kind, _ in properties(resource))
    dts.append(
        f"export declare class {resource.name} extends pulumi.CustomResource {{\n{values}"
        f"  constructor(name: string, args: {args.name}, options?: pulumi.CustomResourceOptions);\n}}"
    )
    js.append(
        f"class {resource.name} extends pulumi.CustomResource {{\n"
        "  constructor(name, args, options) {\n"
        f"    const outputs = {outputs}.map((it) => [it, undefined]);\n"
        f"    const inputs = {names}.map((it) => [it, args[it]]);\n"
        "    const properties = Object.fromEntries([...outputs, ...inputs]);\n"
        f"    super({token(resource)!r}, name, properties, pulumi.mergeOptions(defaults, options));\n"
        f"  }}\n}}\nexports.{resource.name} = {resource.name};"
    )


def write_function(module, js, dts, used):
    result = next(it for it in classes(module) if it.name.endswith("Result") and it.name.startswith("Get"))
    asked = next(it for it in module.body if isinstance(it, ast.FunctionDef) and it.name.endswith("_output"))
    kinds = {it.arg: it.annotation for it in asked.args.args}
    name = result.name[0].lower() + result.name[1:-len("Result")] + "Output"
    fields_of_args = "".join(
        f"  {it.targets[0].slice.value}?: {type_of(kinds[it.value.id], used)};\n"
        for it in ast.walk(asked)
        if isinstance(it, ast.Assign) and isinstance(it.targets[0], ast.Subscript) and isinstance(it.value, ast.Name)
    )
    values = "".join(f"  readonly {field}: {output(kind)};\n" for field, kind, _ in properties(result))
    dts.append(f"export interface {result.name} {{\n{values}}}")
    dts.append(
        f"export declare function {name}(\n  args: {{\n{fields_of_args}  }},\n"
        f"  options?: pulumi.InvokeOutputOptions,\n): pulumi.Output<{result.name}>;"
    )
    js.append(
        f"exports.{name} = (args, options) =>\n"
        f"  pulumi.runtime.invokeOutput({token(asked)!r}, args, pulumi.mergeOptions(defaults, options));"
    )


def is_args(node):
    return node.name.endswith("Args") and any(ast.unparse(it) == "pulumi.input_type" for it in node.decorator_list)


def is_resource(node):
    return any(ast.unparse(it) == "pulumi.CustomResource" for it in node.bases)


def token(node):
    texts = (it.value for it in ast.walk(node) if isinstance(it, ast.Constant) and isinstance(it.value, str))
    return next(it for it in texts if it.startswith("vsphere:index/"))


def properties(node):
    """Name on the wire, annotation, and whether it has to be given."""
    init = next(it for it in node.body if isinstance(it, ast.FunctionDef) and it.name == "__init__")
    required = {it.arg for it, default in zip(init.args.kwonlyargs, init.args.kw_defaults) if default is None}
    for item in node.body:
        if not isinstance(item, ast.FunctionDef):
            continue
        for decorator in item.decorator_list:
            text = ast.unparse(decorator)
            if text == "pulumi.getter":
                yield item.name, item.returns, item.name in required
            elif text.startswith("pulumi.getter("):
                yield decorator.keywords[0].value.value, item.returns, item.name in required


def fields(node, used):
    marks = {True: "", False: "?"}
    return "".join(f"  {name}{marks[needed]}: {type_of(kind, used)};\n" for name, kind, needed in properties(node))


def type_of(node, used):
    """The same type in TypeScript; names of interfaces go to `used`."""
    if isinstance(node, ast.Constant):
        used.append(node.value)
        return node.value
    if isinstance(node, ast.Subscript):
        of = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if ast.unparse(node.value) == "Union":
            # A class, and the same as a dictionary or as what came of it.
            of = [it for it in of if not re.search(r"Dict'|'outputs\.", ast.unparse(it))]
            return " | ".join(type_of(it, used) for it in of)
        outer, inner = ast.unparse(node.value), type_of(of[-1], used)
        return {
            "pulumi.Input": f"pulumi.Input<{inner}>",
            "Optional": f"{inner} | undefined",
            "Sequence": f"({inner})[]",
            "Mapping": f"Record<string, {inner}>",
        }[outer]
    return PRIMITIVES[ast.unparse(node).removeprefix("_builtins.")]


def output(node):
    """What is nested in outputs is of no use to the examples."""
    text = ast.unparse(node).replace("_builtins.", "").removeprefix("pulumi.Output[").rstrip("]")
    return PRIMITIVES.get(text.removeprefix("Optional["), "unknown")


main(*sys.argv[1:])
