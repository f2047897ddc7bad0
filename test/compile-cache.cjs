// Loaded first by mocha. Node keeps its compiled code beside the tools of the set-up: otherwise the language host and
// the provider would compile Pulumi's and TypeScript's code again in each step of each stack.
const { enableCompileCache } = require("node:module");
const { homedir } = require("node:os");
const { join } = require("node:path");

const caches = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
process.env["NODE_COMPILE_CACHE"] ??= join(caches, "pulumi-stylus-image-tools", "compiled");
enableCompileCache(process.env["NODE_COMPILE_CACHE"]);
