import { createHash } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Table } from "#table/table.ts";
import { SignedServer } from "../support/signedServer.ts";
import { aSigner, type SigningIdentity } from "../support/signer.ts";
import { refusalOf } from "./refusal.ts";

export interface DescribeAuthOptions {
  /** Why the table cannot be had here, if it cannot. */
  readonly missing?: string | undefined;
  readonly open: () => Promise<Table>;
}

/** A call in one of the two protocols, before it is signed. */
interface Call {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: Record<string, string>;
  readonly body: string;
}

const protocols = ["JSON", "Query"] as const;
type Protocol = (typeof protocols)[number];

const listQueues: Readonly<Record<Protocol, Call>> = {
  JSON: {
    method: "POST",
    path: "/",
    query: {},
    headers: {
      "content-type": "application/x-amz-json-1.0",
      "x-amz-target": "AmazonSQS.ListQueues",
    },
    body: "{}",
  },
  Query: {
    method: "POST",
    path: "/",
    query: {},
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "Action=ListQueues&Version=2012-11-05",
  },
};

/** A signed call, to be sent as it is or altered first. */
interface Signed extends Omit<Call, "query"> {
  readonly query: string;
}

interface SignOptions {
  readonly signingDate?: Date;
  /** Makes a presigned URL, good for so long. */
  readonly expiresIn?: number;
}

/** A call that is refused, and how. */
interface Case {
  readonly title: string;
  readonly call: (key: SigningIdentity) => Promise<Signed>;
  readonly status: number;
  readonly code: string;
  readonly message: unknown;
}

function queryText(query: Readonly<Record<string, unknown>>): string {
  return Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join("&");
}

/** What a caller learns from a refusal, however its protocol writes it. */
function refusalIn(protocol: Protocol, text: string, header: string | null): unknown {
  if (protocol === "JSON") {
    const { __type, message } = JSON.parse(text);
    return { type: __type, header, message };
  }
  const [, type, code, message] =
    /<Type>(.*)<\/Type><Code>(.*)<\/Code><Message>(.*)<\/Message>/s.exec(text) ?? [];
  const plain = message?.replaceAll("&apos;", "'").replaceAll("&#39;", "'");
  return { header: `${code};${type}`, message: plain };
}

const noMatch =
  "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
const invalidToken = "The security token included in the request is invalid.";

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000);

/** The rules of spec section 2, tried by AWS's own client and signer over one table. */
export function describeAuth(name: string, { missing, open }: DescribeAuthOptions): void {
  describe(`Signature Version 4 on ${name}`, () => {
    let table: Table | undefined;
    let started: SignedServer | undefined;

    beforeAll(async () => {
      if (missing !== undefined) return;
      table = await open();
      started = await SignedServer.start(table);
    });
    afterAll(async () => {
      await started?.close();
      await table?.close();
    });

    /** `it`, with the server and a key that may do everything. */
    const it = test.extend("signed", async ({ skip }) => {
      skip(missing !== undefined, missing);
      if (started === undefined) throw new Error("expected the server to have been started");
      return { server: started, key: await started.createKey() };
    });

    async function sign(
      call: Call,
      key: SigningIdentity,
      { signingDate = new Date(), expiresIn }: SignOptions = {},
    ): Promise<Signed> {
      const { hostname, port, host } = new URL(started?.origin ?? "");
      const plain = { ...call, protocol: "http:", hostname, port: Number(port) };
      const headers = { ...call.headers, host };
      const signer = aSigner(key);
      const { headers: signedHeaders, query } =
        expiresIn === undefined
          ? await signer.sign({ ...plain, headers }, { signingDate })
          : await signer.presign({ ...plain, headers }, { signingDate, expiresIn });
      return { ...call, headers: signedHeaders, query: queryText(query ?? {}) };
    }

    async function send({ method, path, query, headers, body }: Signed) {
      const { host: _host, ...sent } = headers;
      const url = `${started?.origin}${path}${query === "" ? "" : `?${query}`}`;
      const given = method === "GET" ? {} : { body };
      const response = await fetch(url, { method, headers: sent, ...given });
      const text = await response.text();
      return { status: response.status, text, header: response.headers.get("x-amzn-query-error") };
    }

    describe("access keys", () => {
      it("carry a message through its life, in the account of the key", async ({ signed }) => {
        const client = signed.server.client(signed.key);

        const { QueueUrl } = await client.createQueue({ QueueName: "life" });
        await client.sendMessage({ QueueUrl, MessageBody: "é & <b>" });
        const { Messages: [message] = [] } = await client.receiveMessage({
          QueueUrl,
          MessageSystemAttributeNames: ["SenderId"],
        });
        await client.deleteMessage({ QueueUrl, ReceiptHandle: message?.ReceiptHandle });

        expect(QueueUrl).toBe(`${signed.server.origin}/111122223333/life`);
        expect(message?.Body).toBe("é & <b>");
        expect(message?.Attributes).toEqual({ SenderId: signed.key.accessKeyId });
      });

      it("work with a session token, and not without it", async ({ signed: { server } }) => {
        const key = await server.createKey({ expiresInSeconds: 60 });
        const { sessionToken: _left, ...withoutToken } = key;

        expect(await server.client(key).listQueues({})).toHaveProperty("$metadata");
        expect(await refusalOf(server.client(withoutToken).listQueues({}))).toMatchObject({
          code: "InvalidClientTokenId",
          status: 403,
        });
      });

      it("stop working when they are disabled or deleted", async ({ signed: { server, key } }) => {
        const client = server.client(key);
        await client.listQueues({});
        await server.keys.setEnabled("111122223333", key.accessKeyId, false);
        const disabled = await refusalOf(client.listQueues({}));
        await server.keys.setEnabled("111122223333", key.accessKeyId, true);
        await client.listQueues({});
        await server.keys.delete("111122223333", key.accessKeyId);
        const deleted = await refusalOf(client.listQueues({}));

        expect(disabled).toEqual({
          type: "com.amazon.coral.service#UnrecognizedClientException",
          code: "InvalidClientTokenId",
          fault: "Sender",
          status: 403,
          message: "The security token included in the request is invalid.",
        });
        expect(deleted).toEqual(disabled);
      });

      it("serve a client whose clock is wrong, once it has learnt of it", async ({ signed }) => {
        const client = signed.server.client(signed.key);
        client.config.systemClockOffset = -20 * 60_000;

        const refusal = await refusalOf(client.listQueues({}));

        expect(refusal).toMatchObject({
          type: "com.amazon.coral.service#InvalidSignatureException",
          code: "SignatureDoesNotMatch",
          status: 403,
          message: expect.stringMatching(
            /^Signature expired: \w+ is now earlier than \w+ \(\w+ - 15 min\.\)$/,
          ),
        });
        expect(await client.listQueues({})).toHaveProperty("$metadata");
      });

      it("sign a header that is sent twice as its values joined by a comma", async ({ signed }) => {
        const { query, headers, ...call } = listQueues.JSON;
        const joined = { ...call, query, headers: { ...headers, "x-amz-meta": "one,two  three" } };
        const { headers: signedHeaders } = await sign(joined, signed.key);
        const sent = { ...signedHeaders, "x-amz-meta": ["one", " two  three"] };

        const request = httpRequest(signed.server.origin, { method: call.method, headers: sent });
        request.end(call.body);
        const [response] = await once(request, "response");
        response.resume();

        expect(response.statusCode).toBe(200);
      });

      it("leave another account's queue looking like none", async ({ signed: { server, key } }) => {
        const other = server.client(await server.createKey({ account: "444455556666" }));
        const { QueueUrl } = await other.createQueue({ QueueName: "theirs" });
        const client = server.client(key);

        const theirs = await refusalOf(client.sendMessage({ QueueUrl, MessageBody: "x" }));
        const none = await refusalOf(
          client.sendMessage({ QueueUrl: QueueUrl?.replace("theirs", "none"), MessageBody: "x" }),
        );
        const named = await refusalOf(client.getQueueUrl({ QueueName: "theirs" }));

        expect(theirs).toEqual(none);
        expect(named).toEqual(none);
        expect(none.code).toBe("AWS.SimpleQueueService.NonExistentQueue");
      });
    });

    describe("the policy of an access key", () => {
      it("lets a sender send, alone and in batches, to its queues only", async ({ signed }) => {
        const { server } = signed;
        const account = "777788889999";
        const admin = server.client(await server.createKey({ account }));
        await admin.createQueue({ QueueName: "orders-1" });
        await admin.createQueue({ QueueName: "secret" });
        const policy = { actions: ["SendMessage"], queues: ["orders-*"] };
        const key = await server.createKey({ account, policy });
        const client = server.client(key);
        const url = (queue: string) => `${server.origin}/${account}/${queue}`;

        await client.sendMessage({ QueueUrl: url("orders-1"), MessageBody: "x" });
        const { Successful } = await client.sendMessageBatch({
          QueueUrl: url("orders-1"),
          Entries: [{ Id: "a", MessageBody: "x" }],
        });
        const denied = {
          batch: await refusalOf(
            client.sendMessageBatch({
              QueueUrl: url("secret"),
              Entries: [{ Id: "a", MessageBody: "x" }],
            }),
          ),
          missing: await refusalOf(client.sendMessage({ QueueUrl: url("none"), MessageBody: "x" })),
          receive: await refusalOf(client.receiveMessage({ QueueUrl: url("orders-1") })),
          list: await refusalOf(client.listQueues({})),
        };

        const refusal = (action: string, queue: string) => ({
          type: "com.amazon.coral.service#AccessDeniedException",
          code: "AccessDenied",
          fault: "Sender",
          status: 403,
          message:
            `User: arn:aws:iam::${account}:user/${key.accessKeyId} is not authorized to perform: ${action} ` +
            `on resource: arn:aws:sqs:us-east-1:${account}:${queue} ` +
            `because no identity-based policy allows the ${action} action`,
        });
        expect(Successful).toHaveLength(1);
        expect(denied).toEqual({
          batch: refusal("sqs:sendmessage", "secret"),
          missing: refusal("sqs:sendmessage", "none"),
          receive: refusal("sqs:receivemessage", "orders-1"),
          list: refusal("sqs:listqueues", ""),
        });
      });

      it("13.11 counts for the queue that a JSON request names, and not for every queue", async ({
        signed: { server, key },
      }) => {
        const client = server.client(key);
        const { QueueUrl: own } = await client.createQueue({ QueueName: "json-own" });
        const { QueueUrl: other } = await client.createQueue({ QueueName: "json-other" });
        const policy = { actions: ["SendMessage"], queues: ["json-own"] };
        const limited = server.client(await server.createKey({ policy }));

        await limited.sendMessage({ QueueUrl: own, MessageBody: "x" });
        const refusal = await refusalOf(limited.sendMessage({ QueueUrl: other, MessageBody: "x" }));

        expect(refusal).toMatchObject({
          code: "AccessDenied",
          message: expect.stringContaining(
            "on resource: arn:aws:sqs:us-east-1:111122223333:json-other because",
          ),
        });
      });

      it("counts for a queue that the path names", async ({ signed: { server, key } }) => {
        await server.client(key).createQueue({ QueueName: "by-path" });
        const policy = { actions: ["*"], queues: ["by-*"] };
        const limited = await server.createKey({ policy });
        const at = (queue: string): Call => ({
          ...listQueues.Query,
          path: `/111122223333/${queue}`,
          body: "Action=SendMessage&MessageBody=x",
        });

        const own = await send(await sign(at("by-path"), limited));
        const other = await send(await sign(at("other"), limited));

        expect([own.status, other.status]).toEqual([200, 403]);
        expect(other.text).toContain(
          "on resource: arn:aws:sqs:us-east-1:111122223333:other because",
        );
      });
    });

    describe("a presigned URL", () => {
      const aSend = (body: string): Call => ({
        method: "GET",
        path: "/111122223333/presigned",
        query: { Action: "SendMessage", MessageBody: body, Version: "2012-11-05" },
        headers: {},
        body: "",
      });

      it("does what it says, as often as it is used", async ({ signed: { server, key } }) => {
        const client = server.client(key);
        const { QueueUrl } = await client.createQueue({ QueueName: "presigned" });
        const url = await sign(aSend("a b+c/é"), key, { expiresIn: 60 });

        const answers = [await send(url), await send(url)];

        const { Messages = [] } = await client.receiveMessage({
          QueueUrl,
          MaxNumberOfMessages: 10,
        });
        expect(answers.map(({ status }) => status)).toEqual([200, 200]);
        expect(Messages.map(({ Body }) => Body)).toEqual(["a b+c/é", "a b+c/é"]);
      });

      it("carries a session token", async ({ signed: { server } }) => {
        const key = await server.createKey({ expiresInSeconds: 60 });
        await server.client(key).createQueue({ QueueName: "presigned" });

        const { status } = await send(await sign(aSend("x"), key, { expiresIn: 60 }));

        expect(status).toBe(200);
      });

      it("is refused past its expiry", async ({ signed: { key } }) => {
        const call = await sign(aSend("x"), key, { expiresIn: 60, signingDate: minutesAgo(2) });

        const { status, text, header } = await send(call);

        expect(status).toBe(400);
        expect(refusalIn("Query", text, header)).toEqual({
          header: "RequestExpired;Sender",
          message: "Request has expired.",
        });
      });

      it.for([
        ["another message", (text: string) => text.replace("MessageBody=x", "MessageBody=y")],
        ["another action", (text: string) => text.replace("SendMessage", "PurgeQueue")],
        ["a longer life", (text: string) => text.replace("Expires=60", "Expires=61")],
        ["one parameter more", (text: string) => `${text}&DelaySeconds=1`],
      ] as const)("is refused with %s", async ([, alter], { signed: { key } }) => {
        const call = await sign(aSend("x"), key, { expiresIn: 60 });

        const { status, text } = await send({ ...call, query: alter(call.query) });

        expect(status).toBe(403);
        expect(text).toContain("<Code>SignatureDoesNotMatch</Code>");
      });

      const minute = { expiresIn: 60 };
      const presigned = (key: SigningIdentity, options: SignOptions = minute) =>
        sign(aSend("x"), key, options);
      const altered = async (key: SigningIdentity, from: string | RegExp, to: string) => {
        const call = await presigned(key);
        return { ...call, query: call.query.replace(from, to) };
      };

      const presignedCases: readonly Case[] = [
        {
          title: "an unknown key",
          call: (key) => presigned({ ...key, accessKeyId: "MRAKAAAAAAAAAAAAAAAA" }),
          status: 403,
          code: "InvalidClientTokenId",
          message: invalidToken,
        },
        {
          title: "a token that the key does not have",
          call: (key) => presigned({ ...key, sessionToken: "x" }),
          status: 403,
          code: "InvalidClientTokenId",
          message: invalidToken,
        },
        {
          title: "a wrong secret",
          call: (key) => presigned({ ...key, secretAccessKey: "x" }),
          status: 403,
          code: "SignatureDoesNotMatch",
          message: noMatch,
        },
        {
          title: "a time that is 16 minutes ahead",
          call: (key) => presigned(key, { ...minute, signingDate: minutesAgo(-16) }),
          status: 403,
          code: "SignatureDoesNotMatch",
          message: expect.stringMatching(
            /^Signature not yet current: \w+ is still later than \w+ /,
          ),
        },
        {
          title: "another service",
          call: (key) => altered(key, "%2Fsqs%2F", "%2Fsns%2F"),
          status: 403,
          code: "SignatureDoesNotMatch",
          message: "Credential should be scoped to correct service: 'sqs'.",
        },
        {
          title: "a region that cannot be one",
          call: (key) => altered(key, "us-east-1", "US%20EAST"),
          status: 403,
          code: "SignatureDoesNotMatch",
          message: "Credential should be scoped to a valid region.",
        },
        {
          title: "no time",
          call: (key) => altered(key, /&X-Amz-Date=\w+/, ""),
          status: 400,
          code: "IncompleteSignature",
          message: expect.stringContaining("must include 'X-Amz-Date'"),
        },
        {
          title: "a life of more than a week",
          call: (key) => altered(key, "Expires=60", "Expires=604801"),
          status: 400,
          code: "IncompleteSignature",
          message: expect.stringContaining("from 1 to 604800"),
        },
      ];

      it.for(presignedCases)(
        "is refused for $title",
        async ({ call, status, code, message }, { signed }) => {
          const { status: found, text, header } = await send(await call(signed.key));

          expect(found).toBe(status);
          expect(refusalIn("Query", text, header)).toEqual({ header: `${code};Sender`, message });
        },
      );

      it("is refused once its session is over", async ({ signed: { server } }) => {
        const key = await server.createKey({ expiresInSeconds: -1 });

        const { status, text, header } = await send(await presigned(key));

        expect(status).toBe(403);
        expect(refusalIn("Query", text, header)).toEqual({
          header: "ExpiredToken;Sender",
          message: "The security token included in the request is expired",
        });
      });

      it("is not good for an action that a header names", async ({ signed: { key } }) => {
        const call = await sign(aSend("x"), key, { expiresIn: 60 });
        const headers = { ...call.headers, "x-amz-target": "AmazonSQS.ListQueues" };

        const { status, text } = await send({ ...call, headers });

        expect(status).toBe(403);
        expect(text).toContain("'X-Amz-Target' must be a 'SignedHeader'");
      });
    });

    describe.each(protocols)("a refusal in the %s protocol", (protocol) => {
      const shapes: Readonly<Record<string, string>> = {
        AccessDenied: "AccessDeniedException",
        InvalidClientTokenId: "UnrecognizedClientException",
        SignatureDoesNotMatch: "InvalidSignatureException",
        IncompleteSignature: "IncompleteSignatureException",
        ExpiredToken: "ExpiredTokenException",
      };

      const refused = (code: string, message: unknown) => {
        const type =
          code === "InvalidSecurity"
            ? "com.amazonaws.sqs#InvalidSecurity"
            : `com.amazon.coral.service#${shapes[code]}`;
        return { header: `${code};Sender`, message, ...(protocol === "JSON" ? { type } : {}) };
      };

      const signedNow = (key: SigningIdentity) => sign(listQueues[protocol], key);

      const withAuthorization = async (key: SigningIdentity, alter: (text: string) => string) => {
        const call = await signedNow(key);
        const authorization = alter(String(call.headers["authorization"]));
        return { ...call, headers: { ...call.headers, authorization } };
      };

      const cases: readonly Case[] = [
        {
          title: "no credentials at all",
          call: async () => ({ ...listQueues[protocol], query: "" }),
          status: 403,
          code: "AccessDenied",
          message: expect.stringMatching(
            /^Access to the resource http:\/\/127\.0\.0\.1:\d+\/ is denied\.$/,
          ),
        },
        {
          title: "an unknown key",
          call: (key) => signedNow({ ...key, accessKeyId: "MRAKAAAAAAAAAAAAAAAA" }),
          status: 403,
          code: "InvalidClientTokenId",
          message: invalidToken,
        },
        {
          title: "a token that the key does not have",
          call: (key) => signedNow({ ...key, sessionToken: "x" }),
          status: 403,
          code: "InvalidClientTokenId",
          message: invalidToken,
        },
        {
          title: "a wrong secret",
          call: (key) => signedNow({ ...key, secretAccessKey: "x" }),
          status: 403,
          code: "SignatureDoesNotMatch",
          message: noMatch,
        },
        {
          title: "an altered body",
          call: async (key) => {
            const call = await signedNow(key);
            return { ...call, body: call.body.replace(/\}?$/, " $&") };
          },
          status: 403,
          code: "SignatureDoesNotMatch",
          message: noMatch,
        },
        {
          title: "a request sent again after 16 minutes",
          call: (key) => sign(listQueues[protocol], key, { signingDate: minutesAgo(16) }),
          status: 403,
          code: "SignatureDoesNotMatch",
          message: expect.stringMatching(
            /^Signature expired: \w+ is now earlier than \w+ \(\w+ - 15 min\.\)$/,
          ),
        },
        {
          title: "a request from the future",
          call: (key) => sign(listQueues[protocol], key, { signingDate: minutesAgo(-16) }),
          status: 403,
          code: "SignatureDoesNotMatch",
          message: expect.stringMatching(
            /^Signature not yet current: \w+ is still later than \w+ \(\w+ \+ 15 min\.\)$/,
          ),
        },
        {
          title: "another service",
          call: (key) => withAuthorization(key, (text) => text.replace("/sqs/", "/sns/")),
          status: 403,
          code: "SignatureDoesNotMatch",
          message: "Credential should be scoped to correct service: 'sqs'.",
        },
        {
          title: "half a header",
          call: (key) => withAuthorization(key, (text) => text.replace(/Signature=.*/, "")),
          status: 400,
          code: "IncompleteSignature",
          message: expect.stringContaining("Authorization header requires 'Signature' parameter."),
        },
        {
          title: "another scheme",
          call: (key) => withAuthorization(key, () => "Bearer x"),
          status: 403,
          code: "InvalidSecurity",
          message: "The request must be signed with Signature Version 4.",
        },
      ];

      it.for(cases)("is that of $title", async ({ call, status, code, message }, { signed }) => {
        const answer = await send(await call(signed.key));

        expect(answer.status).toBe(status);
        expect(refusalIn(protocol, answer.text, answer.header)).toEqual(refused(code, message));
      });

      it("is that of a session that is over", async ({ signed: { server } }) => {
        const key = await server.createKey({ expiresInSeconds: -1 });

        const { status, text, header } = await send(await signedNow(key));

        expect(status).toBe(403);
        expect(refusalIn(protocol, text, header)).toEqual(
          refused("ExpiredToken", "The security token included in the request is expired"),
        );
      });
    });

    describe("a server that checks signatures", () => {
      it("answers /health to everybody, and nothing else", async ({ signed: { server } }) => {
        const health = await fetch(`${server.origin}/health`);
        const other = await fetch(`${server.origin}/?Action=ListQueues`);

        expect([health.status, await health.json()]).toEqual([200, { status: "ok" }]);
        expect(other.status).toBe(403);
      });

      it("writes no secret, token or signature to its log", async ({ signed: { server } }) => {
        const key = await server.createKey({ expiresInSeconds: 60 });
        const calls = [
          await sign(listQueues.JSON, key),
          await sign(listQueues.JSON, key, { signingDate: minutesAgo(16) }),
          await sign({ ...listQueues.Query, method: "GET" }, key, { expiresIn: 60 }),
        ];
        const answers = await Promise.all(calls.map(send));

        const written = server.lines.join("") + answers.map(({ text }) => text).join("");
        expect(server.lines.length).toBeGreaterThan(2);
        expect(written).not.toContain(key.secretAccessKey);
        expect(written).not.toContain(key.sessionToken);
        expect(written).not.toContain(encodeURIComponent(String(key.sessionToken)));
        expect(written).not.toContain(
          createHash("sha256")
            .update(key.sessionToken ?? "")
            .digest("hex"),
        );
        expect(written).not.toMatch(/Signature=[0-9a-f]{64}|AWS4-HMAC-SHA256 Credential/);
      });
    });
  });
}
