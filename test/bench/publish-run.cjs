// Publishes one artifact as the agent does, in a process of its own to be measured: publish-run.cjs <spec> <artifact>
const { openTarget } = require("../../dist/provider/targets/open-target");
const { targetSchema } = require("../../dist/provider/schema/targets/target");

const [spec, artifact] = process.argv.slice(2).map((text) => JSON.parse(text));
const signal = new AbortController().signal;
openTarget(targetSchema.parse(spec), { rootDirectory: "/", cacheDirectory: "/nonexistent" })
  .publish(artifact, { signal, onProgress: () => undefined })
  .catch((thrown) => {
    console.error(thrown);
    process.exit(1);
  });
