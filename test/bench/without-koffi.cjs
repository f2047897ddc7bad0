"use strict";
// Loaded first: simulates a host on which koffi, and therefore libdeflate, cannot be loaded.
const { registerHooks } = require("node:module");

registerHooks({
  resolve(name, context, next) {
    if (name === "koffi") throw new Error("not there");
    return next(name, context);
  },
});
