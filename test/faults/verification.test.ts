import { shortStall, testFailures } from "./failures";

describe("An image that is complete, but does not boot as required", () => {
  testFailures([
    {
      when: "never prints the nonce",
      code: "verify.not-booting",
      input: { timeouts: { stall: shortStall } },
      userData: { stages: { boot: [{ commands: ["sleep 1000000"] }] } },
      says: /installed system is up/,
      evidence: "screen",
    },
    {
      when: "resets the machine",
      code: "verify.rebooted",
      fault: "reset-on-boot",
      says: /./,
      evidence: "screen",
    },
    {
      when: "does not load its own configuration",
      code: "verify.configuration-ignored",
      fault: "ignore-configuration",
      says: /did not load the image's configuration/,
      evidence: "screen",
    },
    {
      when: "boots only from its passive system",
      code: "verify.not-active",
      fault: "passive-only",
      says: /installed system is up \(COS_PASSIVE\)/,
      evidence: "screen",
    },
    {
      when: "never prints what `verify.expect` requires",
      code: "verify.unexpected-console",
      input: { verify: { expect: "all units are active" }, timeouts: { stall: shortStall } },
      says: /installed system is up \(COS_ACTIVE\)/,
      evidence: "screen",
    },
  ]);
});
