"use strict";
// Required first: a host on which koffi, and so libdeflate, cannot be loaded.
const { registerHooks } = require("node:module");

registerHooks({
  resolve(name, context, next) {
    if (name === "koffi") throw new Error("not there");
    return next(name, context);
  },
});
