import { removeUserProject } from "../e2e/stack";
import { makeFixture } from "./fixture";
import { World } from "./world";

/**
 * Writes fixtures/<version>, after `npm run build`. Run it before a version that changes the state is released:
 *
 *   npm run fixture -- 0.2.0
 */
async function main([name]: readonly string[]): Promise<void> {
  if (name === undefined)
    throw new Error("Name the version, for example: npm run fixture -- 0.2.0");
  const world = await World.create({ seed: name });
  try {
    await makeFixture(world, name);
  } finally {
    await world.remove();
    await removeUserProject();
  }
}

void main(process.argv.slice(2));
