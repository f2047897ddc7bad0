// Removes compiled files whose source is gone. The compiler leaves them, and they would be packed.
const { existsSync, globSync, rmSync } = require("node:fs");
const { join } = require("node:path");

const root = join(__dirname, "..");
for (const file of globSync("dist/**/*.{js,js.map,d.ts}", { cwd: root })) {
  const source = file.replace(/^dist./, "").replace(/\.(js|js\.map|d\.ts)$/, ".ts");
  if (!existsSync(join(root, source))) rmSync(join(root, file));
}
