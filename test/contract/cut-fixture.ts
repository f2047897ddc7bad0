import { removeUserProject } from "../e2e/stack";
import { cut } from "./fixture";
import { World } from "./world";

/**
 * Writes fixtures/<name>, and is run at the end of every issue, after `npm run build`:
 *
 *   npm run fixture -- issue-4
 */
async function main([name]: readonly string[]): Promise<void> {
  if (name === undefined) throw new Error("Which issue? For example: npm run fixture -- issue-4");
  const world = await World.create({ seed: name });
  try {
    await cut(world, name);
  } finally {
    await world.remove();
    await removeUserProject();
  }
}

void main(process.argv.slice(2));
