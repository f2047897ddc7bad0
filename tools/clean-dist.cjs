// Removes what an earlier build left, so that a deleted source leaves no compiled file behind.
const { rmSync } = require("node:fs");
const { join } = require("node:path");

rmSync(join(__dirname, "..", "dist"), { recursive: true, force: true });
