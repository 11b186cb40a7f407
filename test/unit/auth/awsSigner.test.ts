import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalPath } from "#auth/canonicalRequest.ts";
import type { SignedRequest } from "#auth/signedRequest.ts";
import type { Credentials } from "#auth/sigv4.ts";
import { refusalOf } from "../../support/refusalOf.ts";
import { aSigner } from "../../support/signer.ts";
import { exampleKey, exampleTimeMs, verify } from "./aSignedRequest.ts";

/** A request in the terms of AWS's signer. */
interface Plain {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string | string[]>;
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
  readonly sessionToken: string | undefined;
  readonly region: string;
}

const token = fc.stringMatching(/^[A-Za-z0-9/+=]{1,40}$/);
const headerName = fc.stringMatching(/^x-[a-z0-9-]{1,20}$/).filter((name) => !/^x-amz/.test(name));
const headerValue = fc.stringMatching(/^[\x20-\x7e\t]{0,30}$/);
const text = fc.string({ unit: "binary", maxLength: 12 }).filter((value) => value.isWellFormed());
/** A lone dot segment is no name that anyone could use. */
const segment = fc.oneof(text.map(encodeURIComponent), fc.constantFrom("", ".", ".."));

const plainRequest: fc.Arbitrary<Plain> = fc.record({
  method: fc.constantFrom("GET", "POST", "PUT", "DELETE"),
  path: fc.array(segment, { maxLength: 4 }).map((parts) => `/${parts.join("/")}`),
  query: fc.dictionary(
    // AWS's signer loses a parameter that is named like every object's prototype.
    text.filter((name) => !/^x-amz-|^__proto__$/i.test(name)),
    fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 })),
    { maxKeys: 4 },
  ),
  headers: fc
    .dictionary(headerName, headerValue, { maxKeys: 3 })
    .map((headers) => ({ ...headers, host: "localhost:9324" })),
  body: fc.uint8Array({ maxLength: 200 }),
  sessionToken: fc.option(token, { nil: undefined }),
  region: fc.stringMatching(/^[a-z0-9-]{1,20}$/),
});

type Signer = "header" | "presigned";

async function signed(plain: Plain, signer: Signer): Promise<SignedRequest> {
  const { sessionToken, region, ...request } = plain;
  const aws = aSigner(
    {
      accessKeyId: exampleKey.accessKeyId,
      secretAccessKey: exampleKey.secret,
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
    region,
  );
  const given = { ...request, protocol: "http:", hostname: "localhost", port: 9324 };
  const options = { signingDate: new Date(exampleTimeMs) };
  const answer =
    signer === "header"
      ? await aws.sign(given, options)
      : await aws.presign(given, { ...options, expiresIn: 300 });
  return { ...plain, headers: answer.headers, query: queryText(answer.query ?? {}) };
}

function queryText(query: Readonly<Record<string, string | readonly string[] | null>>): string {
  return Object.entries(query)
    .flatMap(([name, values]) =>
      [values ?? ""]
        .flat()
        .map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
    )
    .join("&");
}

function keyOf({ sessionToken }: Plain): Credentials {
  if (sessionToken === undefined) return exampleKey;
  const tokenSha256 = createHash("sha256").update(sessionToken).digest("hex");
  return { ...exampleKey, session: { tokenSha256, expiresAtMs: exampleTimeMs + 1 } };
}

/** One place in a request, and another character or byte to stand there. */
interface Edit {
  readonly part: "method" | "path" | "query" | "header" | "body";
  readonly at: number;
  readonly by: number;
}

const edit: fc.Arbitrary<Edit> = fc.record({
  part: fc.constantFrom("method", "path", "query", "header", "body"),
  at: fc.nat(),
  by: fc.integer({ min: 0x21, max: 0x7e }),
});

function tampered(request: SignedRequest, { part, at, by }: Edit): SignedRequest {
  switch (part) {
    case "method":
    case "path":
    case "query":
      return { ...request, [part]: replaced(request[part], at, by) };
    case "header": {
      const names = Object.keys(request.headers).sort();
      const name = names[at % names.length] ?? "";
      const value = replaced(String(request.headers[name]), Math.floor(at / names.length), by);
      return { ...request, headers: { ...request.headers, [name]: value } };
    }
    case "body": {
      const body = Buffer.from(request.body);
      if (body.length > 0) body[at % body.length] = by;
      return { ...request, body };
    }
  }
}

function replaced(value: string, at: number, by: number): string {
  if (value === "") return value;
  const index = at % value.length;
  return value.slice(0, index) + String.fromCharCode(by) + value.slice(index + 1);
}

/** What a request says, in whatever spelling: only an edit that changes this is an alteration. */
function meaning({ method, path, query, headers, body }: SignedRequest): unknown {
  const parameters = [...new URLSearchParams(query)]
    .map(([name, value]) => JSON.stringify([name, value]))
    .sort();
  const values = Object.entries(headers)
    .map(([name, value]) => [
      name,
      String(value)
        .replace(/[ \t]+/g, " ")
        .trim(),
    ])
    .map(([name, value = ""]) => [name, name === "authorization" ? value.split(/[, ]+/) : value]);
  return [
    method,
    canonicalPath(path),
    parameters,
    values.sort(),
    Buffer.from(body).toString("hex"),
  ];
}

describe.each<Signer>(["header", "presigned"])("what AWS's signer signs, %s", (signer) => {
  it("is accepted, whatever is in it", async () => {
    await fc.assert(
      fc.asyncProperty(plainRequest, async (plain) => {
        const request = await signed(plain, signer);

        expect(verify(request, { key: keyOf(plain) })).toBe(exampleKey.accessKeyId);
      }),
      { numRuns: 300 },
    );
  });

  it("is refused when any byte of it is another", async () => {
    await fc.assert(
      fc.asyncProperty(plainRequest, edit, async (plain, change) => {
        const request = await signed(plain, signer);
        const altered = tampered(request, change);
        fc.pre(JSON.stringify(meaning(altered)) !== JSON.stringify(meaning(request)));

        const accepted: unknown[] = [];
        const refusal = refusalOf(() => accepted.push(verify(altered, { key: keyOf(plain) })));

        expect(accepted.filter((key) => key !== undefined)).toEqual([]);
        expect(refusal?.[0] ?? "unsigned").toMatch(
          /^(?:unsigned|(?:InvalidSignature|IncompleteSignature|UnrecognizedClient)Exception|InvalidSecurity|RequestExpired)$/,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("is refused with each of its bytes changed in turn", async () => {
    const plain: Plain = {
      method: "POST",
      path: "/000000000000/q1",
      query: { Action: "SendMessage", MessageBody: "a b+c/é" },
      headers: { host: "localhost:9324", "x-a": "b c" },
      body: Buffer.from('{"a":1}'),
      sessionToken: "TOKEN/EXAMPLE==",
      region: "us-east-1",
    };
    const request = await signed(plain, signer);
    const key = keyOf(plain);

    const edits = Object.entries({
      method: request.method.length,
      path: request.path.length,
      query: request.query.length,
      header: Object.keys(request.headers).length * 400,
      body: request.body.length,
    }).flatMap(([part, length]) =>
      Array.from({ length }, (_, at) => ["q", "%", "0"].map((c) => [part, at, c] as const)).flat(),
    );
    const passed = edits.filter(([part, at, character]) => {
      const altered = tampered(request, {
        part: part as Edit["part"],
        at,
        by: character.charCodeAt(0),
      });
      if (JSON.stringify(meaning(altered)) === JSON.stringify(meaning(request))) return false;
      const accepted: unknown[] = [];
      refusalOf(() => accepted.push(verify(altered, { key })));
      return accepted.some((id) => id !== undefined);
    });

    expect(edits.length).toBeGreaterThan(1000);
    expect(passed).toEqual([]);
  });
});
