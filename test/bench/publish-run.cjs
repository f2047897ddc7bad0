// One upload as the agent does it, alone in a process that can be measured: publish-run.cjs <spec> <artifact>
const { s3Target } = require("../../dist/provider/publish/s3");
const { targetSchema } = require("../../dist/provider/spec/target-spec");

const [spec, artifact] = process.argv.slice(2).map((text) => JSON.parse(text));
const signal = new AbortController().signal;
s3Target(targetSchema.parse(spec))
  .publish(artifact, { signal, onProgress: () => undefined })
  .catch((thrown) => {
    console.error(thrown);
    process.exit(1);
  });
