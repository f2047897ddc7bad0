import assert from "node:assert/strict";
import { StylusError, type ErrorCode } from "../../provider/base/errors";

/** For `assert.rejects`: a StylusError with this code, whose text contains all patterns and no secret. */
export function fails(code: ErrorCode, ...texts: readonly RegExp[]): (thrown: unknown) => true {
  return (thrown) => {
    assert.ok(thrown instanceof StylusError, String(thrown));
    assert.equal(thrown.code, code, thrown.message);
    for (const text of texts) assert.match(thrown.message, text);
    assert.ok(!thrown.message.includes("secret-for-tests-only"));
    return true;
  };
}
