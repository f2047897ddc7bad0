// A stand-in for Pulumi's Node.js language host, for machines where the official one cannot be
// installed. It is a development tool: tools/set-up.sh lays it beside the CLI that it builds, only
// where there is no other `pulumi-language-nodejs`, and it is not part of the npm package.
//
// The engine starts it with its own address as the last argument, reads a port number from the
// first line of its standard output, and talks gRPC (`pulumirpc.LanguageRuntime`) to that port.

const { spawn } = require("node:child_process");
const { createRequire } = require("node:module");
const net = require("node:net");
const path = require("node:path");

// The engine starts it in the project's folder, whose @pulumi/pulumi is the one to speak with.
const requireOfProject = createRequire(path.join(process.cwd(), "project.js"));
const language = requireOfProject("@pulumi/pulumi/proto/language_pb");
const plugin = requireOfProject("@pulumi/pulumi/proto/plugin_pb");
const { LanguageRuntimeService } = requireOfProject("@pulumi/pulumi/proto/language_grpc_pb");
const { version } = requireOfProject("@pulumi/pulumi/package.json");

// Dependencies of @pulumi/pulumi, resolved from where it lies.
const requireOfPulumi = createRequire(requireOfProject.resolve("@pulumi/pulumi"));
const grpc = requireOfPulumi("@grpc/grpc-js");
const { Empty } = requireOfPulumi("google-protobuf/google/protobuf/empty_pb");

const ENGINE_POLL_MS = 1000;
const ENGINE_POLLS_MISSED = 3;
const KILL_AFTER_MS = 5000;
const MESSAGE_BYTES = 400 * 1024 * 1024; // What the engine allows itself.

/** The program reported its failure itself: the engine is told to end without another message. */
const EXIT_REPORTED = 32;

/** Programs under way; there is one in practice. */
const programs = new Set();

function serve(argv) {
  const engine = argv.filter((word) => /^[^-].*:\d+$/.test(word)).at(-1);
  if (engine === undefined) {
    console.error("pulumi-language-nodejs is started by the Pulumi engine, not by hand.");
    process.exit(2);
  }

  const server = new grpc.Server({
    "grpc.max_receive_message_length": MESSAGE_BYTES,
    "grpc.max_send_message_length": MESSAGE_BYTES,
  });
  // A method that is not named here answers UNIMPLEMENTED, which the engine understands.
  server.addService(LanguageRuntimeService, {
    handshake: reply(() => new language.LanguageHandshakeResponse()),
    getPluginInfo: reply(() => new plugin.PluginInfo().setVersion(version)),
    // Without the program's list of packages the engine looks for each plugin as it is needed.
    getRequiredPlugins: reply(() => new language.GetRequiredPluginsResponse()),
    getRequiredPackages: reply(() => new language.GetRequiredPackagesResponse()),
    run: (call, callback) => {
      runProgram(call, engine).then((response) => callback(null, response), callback);
    },
    cancel: reply(() => {
      for (const child of programs) stop(child);
      return new Empty();
    }),
  });
  server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error) throw error;
    console.log(String(port));
  });

  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, exitWithPrograms);
  exitWithEngine(engine);
}

/** A unary method that answers at once. */
function reply(answer) {
  return (_call, callback) => callback(null, answer());
}

/** Runs the user's program to its end. */
function runProgram(call, engine) {
  const request = call.request;
  const info = request.getInfo();
  const options = info?.getOptions()?.toJavaScript() ?? {};
  const directory = info?.getProgramDirectory() || request.getPwd();
  const entryPoint = info?.getEntryPoint() || request.getProgram() || ".";

  const child = spawn(
    process.execPath,
    [
      ...nodeArguments(options.nodeargs),
      createRequire(path.join(directory, "program.js")).resolve("@pulumi/pulumi/cmd/run"),
      ...runArguments(request, engine, directory, info?.getRootDirectory() || directory),
      entryPoint,
      ...request.getArgsList(),
    ],
    {
      cwd: directory,
      env: { ...process.env, ...programEnvironment(request, options) },
      stdio: ["ignore", "inherit", "inherit"], // The engine shows both as the stack's messages.
    },
  );
  programs.add(child);
  call.on("cancelled", () => stop(child));

  return new Promise((resolve, reject) => {
    child.on("error", (error) => {
      programs.delete(child);
      reject(error);
    });
    child.on("exit", (code, signal) => {
      programs.delete(child);
      resolve(runResponse(code, signal));
    });
  });
}

/** `nodeargs` of Pulumi.yaml: a string of words, as the official host takes it. */
function nodeArguments(words) {
  return typeof words === "string" ? words.split(/\s+/).filter(Boolean) : [];
}

function runArguments(request, engine, directory, rootDirectory) {
  return [
    `--monitor=${request.getMonitorAddress()}`,
    `--engine=${engine}`,
    `--project=${request.getProject()}`,
    `--stack=${request.getStack()}`,
    `--organization=${request.getOrganization()}`,
    `--pwd=${directory}`,
    `--root-directory=${rootDirectory}`,
    `--parallel=${String(request.getParallel())}`,
    ...(request.getDryrun() ? ["--dry-run"] : []),
  ];
}

function programEnvironment(request, options) {
  const config = {};
  for (const [key, value] of request.getConfigMap().toArray()) config[key] = value;
  return {
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    // Without it no TypeScript compiler is registered and Node strips the types unchecked.
    PULUMI_NODEJS_TYPESCRIPT: String(options.typescript !== false),
    ...(typeof options.tsconfig === "string"
      ? { PULUMI_NODEJS_TSCONFIG_PATH: options.tsconfig }
      : {}),
  };
}

function runResponse(code, signal) {
  const response = new language.RunResponse();
  if (code === 0) return response;
  if (code === EXIT_REPORTED) return response.setBail(true);
  const how = signal ? `was ended by ${signal}` : `exited with code ${String(code)}`;
  return response.setError(`The program ${how}.`);
}

/** Ends a program: politely, and by force when it does not listen. */
function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGINT");
  setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MS).unref();
}

function exitWithPrograms() {
  for (const child of programs) child.kill("SIGKILL");
  process.exit(0);
}

/**
 * Exits when nothing listens at the engine's address any more. A killed engine tells its plugins
 * nothing, and they are in process groups of their own: without this they would stay for ever.
 */
function exitWithEngine(address) {
  const [, host, port] = /^(.*):(\d+)$/.exec(address);
  let missed = 0;
  const poll = () => {
    const socket = net.connect({ host, port: Number(port), timeout: ENGINE_POLL_MS });
    const seen = (answered) => {
      socket.destroy();
      missed = answered ? 0 : missed + 1;
      if (missed >= ENGINE_POLLS_MISSED) exitWithPrograms();
      setTimeout(poll, ENGINE_POLL_MS);
    };
    socket.once("connect", () => seen(true));
    socket.once("timeout", () => seen(false));
    socket.once("error", () => seen(false));
  };
  poll();
}

module.exports = { serve };
