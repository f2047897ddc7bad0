import assert from "node:assert/strict";
import { mergeScopes, parseChallenge } from "../../../../provider/targets/oci/token";

describe("a registry's challenge", () => {
  it("is read as HTTP writes it, whatever the order, the case and the spaces", () => {
    const bearer = {
      scheme: "bearer",
      realm: "https://auth.example.com/token",
      service: "registry.example.com",
      scope: "repository:team/images:pull,push",
    };
    for (const [header, challenge] of [
      [
        'Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="repository:team/images:pull,push"',
        bearer,
      ],
      [
        'bearer scope="repository:team/images:pull,push" , Service="registry.example.com",  realm = "https://auth.example.com/token", error="invalid_token"',
        bearer,
      ],
      [
        "Bearer realm=https://x/t",
        { scheme: "bearer", realm: "https://x/t", service: undefined, scope: undefined },
      ],
      [
        'Bearer realm="a\\"b"',
        { scheme: "bearer", realm: 'a"b', service: undefined, scope: undefined },
      ],
      ['Basic realm="a, Bearer realm"', { scheme: "basic" }],
      ["Basic", { scheme: "basic" }],
      [
        'Basic realm="x", Bearer realm="y"',
        { scheme: "bearer", realm: "y", service: undefined, scope: undefined },
      ],
      ['Digest realm="x", nonce="y"', undefined],
      ["Bearer", undefined],
      ["", undefined],
    ] as const) {
      assert.deepEqual(parseChallenge(header), challenge, header);
    }
  });
});

describe("scopes of a token", () => {
  it("grow by what is asked for, and are told in one order", () => {
    assert.deepEqual(mergeScopes([], ["repository:a/b:pull"]), ["repository:a/b:pull"]);
    assert.deepEqual(
      mergeScopes(["repository:a/b:pull"], ["repository:a/b:push,pull", "registry:catalog:*"]),
      ["registry:catalog:*", "repository:a/b:pull,push"],
    );
    assert.deepEqual(mergeScopes(["repository:a:5000/b:pull"], ["odd", ""]), [
      "repository:a:5000/b:pull",
    ]);
  });
});
