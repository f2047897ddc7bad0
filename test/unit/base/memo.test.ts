import assert from "node:assert/strict";
import { lazy, memo, memoPerObject, sharePending } from "../../../provider/base/memo";

describe("memo", () => {
  it("makes a value once for each key", () => {
    const values = memo<string>();
    const made: string[] = [];
    const get = (key: string) =>
      values.get(key, () => {
        made.push(key);
        return `value of ${key}`;
      });
    assert.deepEqual([get("a"), get("b"), get("a")], ["value of a", "value of b", "value of a"]);
    assert.deepEqual(made, ["a", "b"]);
  });

  it("makes a deleted value again", () => {
    const values = memo<number>();
    assert.equal(
      values.get("a", () => 1),
      1,
    );
    values.delete("a");
    assert.equal(
      values.get("a", () => 2),
      2,
    );
  });

  it("keeps no more values than its limit", () => {
    const values = memo<number>(2);
    let calls = 0;
    const get = (key: string) => values.get(key, () => ++calls);
    for (const key of ["a", "b", "c", "c"]) get(key);
    assert.equal(calls, 3);
    assert.equal(get("a"), 4);
  });

  it("forgets a promise that rejects, and keeps one that does not", async () => {
    const values = memo<Promise<number>>();
    const failing = values.get("a", () => Promise.reject(new Error("refused")));
    await assert.rejects(failing, /refused/);
    assert.equal(await values.get("a", () => Promise.resolve(1)), 1);
    assert.equal(await values.get("a", () => Promise.resolve(2)), 1);
  });

  it("keeps a promise that replaced a deleted one, when the deleted one rejects later", async () => {
    const values = memo<Promise<number>>();
    const { promise, reject } = Promise.withResolvers<number>();
    const first = values.get("a", () => promise);
    values.delete("a");
    void values.get("a", () => Promise.resolve(1));
    reject(new Error("too late"));
    await assert.rejects(first);
    assert.equal(await values.get("a", () => Promise.resolve(2)), 1);
  });
});

describe("memoPerObject", () => {
  it("tells objects apart by identity", () => {
    const values = memoPerObject<number>();
    const [one, other] = [{}, {}];
    assert.equal(
      values.get(one, () => 1),
      1,
    );
    assert.equal(
      values.get(other, () => 2),
      2,
    );
    assert.equal(
      values.get(one, () => 3),
      1,
    );
  });
});

describe("lazy", () => {
  it("makes its value at the first call, from the arguments of that call", () => {
    let calls = 0;
    const value = lazy((text: string) => `${text} ${++calls}`);
    assert.equal(calls, 0);
    assert.deepEqual([value("a"), value("b")], ["a 1", "a 1"]);
  });
});

describe("sharePending", () => {
  it("shares the result while the work is pending, and works again afterwards", async () => {
    const share = sharePending<number>();
    let calls = 0;
    const work = () => Promise.resolve(++calls);
    assert.deepEqual(await Promise.all([share("a", work), share("a", work)]), [1, 1]);
    assert.equal(await share("a", work), 2);
  });

  it("does not share a failure: each of the others does the work itself", async () => {
    const share = sharePending<number>();
    const failing = share("a", () => Promise.reject(new Error("cancelled")));
    const other = share("a", () => Promise.resolve(1));
    await assert.rejects(failing, /cancelled/);
    assert.equal(await other, 1);
  });
});
