import { shortStall, testFailures } from "./failures";

describe("An image that is complete, but does not come up as it must", () => {
  testFailures([
    {
      when: "never says the nonce",
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
      when: "comes up from its passive system only",
      code: "verify.not-active",
      fault: "passive-only",
      says: /installed system is up \(COS_PASSIVE\)/,
      evidence: "screen",
    },
    {
      when: "never shows what `verify.expect` asks for",
      code: "verify.unexpected-console",
      input: { verify: { expect: "all units are active" }, timeouts: { stall: shortStall } },
      says: /installed system is up \(COS_ACTIVE\)/,
      evidence: "screen",
    },
  ]);
});
