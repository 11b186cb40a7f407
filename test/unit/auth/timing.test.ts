import * as crypto from "node:crypto";
import { describe, expect, it, vi } from "vitest";
import { type Claim, readClaim } from "#auth/claim.ts";
import { everything } from "#auth/policy.ts";
import type { SignedRequest } from "#auth/signedRequest.ts";
import { type Credentials, SignatureVerifier } from "#auth/sigv4.ts";
import { authenticateBearer } from "#service/authenticateBearer.ts";
import { aRequest } from "../protocol/aRequest.ts";
import { authorized, exampleKey, exampleTimeMs, vectorA, verify } from "./aSignedRequest.ts";

vi.mock("node:crypto", { spy: true });

/** What it took to refuse: which digests were made, and how many bytes were compared. */
async function workOf(attempt: () => unknown): Promise<readonly unknown[]> {
  vi.clearAllMocks();
  try {
    await attempt();
  } catch {
    // Whatever is said of it, it is the work that counts.
  }
  return [
    vi.mocked(crypto.createHmac).mock.calls.length,
    vi.mocked(crypto.hash).mock.calls.length,
    vi.mocked(crypto.timingSafeEqual).mock.calls.map(([a, b]) => [a.byteLength, b.byteLength]),
  ];
}

describe("the time that a refusal takes", () => {
  const right = [5, 2, [[64, 64]]];

  it.each<[string, SignedRequest, { accessKeyId: string; secret: string }]>([
    ["a right signature", vectorA(), exampleKey],
    ["an unknown key", vectorA(), { ...exampleKey, accessKeyId: "OTHER" }],
    ["a wrong secret", vectorA(), { ...exampleKey, secret: "x" }],
    [
      "a signature whose first digit is wrong",
      authorized("Signature=8", "Signature=9"),
      exampleKey,
    ],
    ["a signature whose last digit is wrong", authorized(/5$/, "6"), exampleKey],
    ["a body that was altered", vectorA({ body: Buffer.from("[]") }), exampleKey],
  ])("tells nothing of how near it was: %s", async (_name, request, key) => {
    expect(await workOf(() => verify(request, { key }))).toEqual(right);
  });

  it.each([
    ["a wrong secret", `${exampleKey.accessKeyId}.x`],
    ["all but the last of it", `${exampleKey.accessKeyId}.${exampleKey.secret.slice(0, -1)}`],
    ["an unknown key", `OTHER.${exampleKey.secret}`],
  ])("is the same for each bearer token: %s", async (_name, token) => {
    const key = {
      ...exampleKey,
      account: "111122223333",
      isEnabled: true,
      description: undefined,
      policy: everything,
      createdAtMs: 0,
      session: undefined,
    };
    const authenticate = authenticateBearer({
      keys: { find: async (id) => (id === key.accessKeyId ? key : undefined) },
      clock: { nowMs: () => 0 },
    });
    const headers = { authorization: `Bearer ${token}` };

    const work = await workOf(() => authenticate(aRequest({ path: "/v1/queues", headers })));

    expect(work).toEqual([0, 2, [[64, 64]]]);
  });
});

describe("the time that a right signature takes", () => {
  it("is not changed by wrong ones, for many regions and by whomever", async () => {
    const verifier = new SignatureVerifier();
    const check = (request: SignedRequest, key: Credentials | undefined) =>
      verifier.check(request, claimOf(request), key, exampleTimeMs);
    check(vectorA(), exampleKey);
    for (let region = 0; region < 1001; region += 1) {
      const wrong = authorized("us-east-1", `region-${region}`);
      expect(() => check(wrong, exampleKey)).toThrow("does not match");
      expect(() => check(wrong, undefined)).toThrow("is invalid");
    }

    const [digests] = await workOf(() => check(vectorA(), exampleKey));

    expect(digests).toBe(1);
  });
});

function claimOf(request: SignedRequest): Claim {
  const claim = readClaim(request);
  if (claim === undefined) throw new Error("expected a signed request");
  return claim;
}
