/** Publishes in a child process: root, cache and artifact as JSON in argv[2]; prints the publication. */
import { directoryTarget } from "../../../../provider/targets/directory/target";
import type { LocalArtifact } from "../../../../provider/targets/local-artifact";

interface Task {
  readonly root: string;
  readonly cacheDirectory: string;
  readonly artifacts: readonly LocalArtifact[];
}

async function main(): Promise<void> {
  const task = JSON.parse(process.argv[2] ?? "") as Task;
  const spec = { type: "directory", path: task.root } as const;
  const target = directoryTarget(spec, { rootDirectory: "/", cacheDirectory: task.cacheDirectory });
  const { signal } = new AbortController();
  const options = { signal, onProgress: () => undefined };
  const published = [];
  for (const artifact of task.artifacts) published.push(await target.publish(artifact, options));
  process.stdout.write(JSON.stringify(published));
}

void main();
