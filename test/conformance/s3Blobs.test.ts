import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { s3BytesMin } from "#table/s3/s3Blobs.ts";
import { TableThrottledError } from "#table/table.ts";
import { s3Blobs } from "../support/s3Blobs.ts";
import { type S3Server, startS3Server } from "../support/s3Server.ts";
import { describeBlobs } from "./describeBlobs.ts";

let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
});
afterAll(async () => {
  await server.stop();
});

describeBlobs("S3 (s3rver)", () => s3Blobs(server));
describeBlobs("S3 under another prefix", () => s3Blobs(server, { prefix: "a_b/c-d." }));

const bytes = Buffer.from("bytes");

/** A server whose next requests fail; of a test of its own, since it counts them. */
async function aFailingServer(
  ...fault: Parameters<S3Server["fail"]>
): Promise<S3Server & AsyncDisposable> {
  const failing = await startS3Server();
  failing.fail(...fault);
  return { ...failing, [Symbol.asyncDispose]: () => failing.stop() };
}

describe("a bucket", () => {
  it("keeps objects under its prefix and the name", async () => {
    await using own = await aFailingServer(undefined);

    await s3Blobs(own).put("queue/1", bytes);
    await s3Blobs(own, { prefix: "" }).put("queue/2", bytes);

    expect([...(await own.keys())].sort()).toEqual(["millrace/queue/1", "queue/2"]);
  });

  it("is worth a request from 8 KiB on, or from what it is told", () => {
    expect(s3Blobs(server).bytesMin).toBe(s3BytesMin);
    expect(s3Blobs(server, { bytesMin: 5 }).bytesMin).toBe(5);
  });

  it.each([
    ["a connection that is lost", "lost"],
    ["an internal error", { status: 500, code: "InternalError" }],
    ["a refusal for now", { status: 503, code: "SlowDown" }],
  ] as const)("is asked again after %s", async (_name, fault) => {
    await using own = await aFailingServer(fault, 3);

    await s3Blobs(own).put("name", bytes);

    expect(own.requests).toEqual(["PUT", "PUT", "PUT", "PUT"]);
    expect(await s3Blobs(own).get("name")).toEqual(new Uint8Array(bytes));
  });

  it("is asked again when it does not answer in time", async () => {
    await using own = await aFailingServer("silent", 1);

    await s3Blobs(own, { timeoutMs: 200 }).put("name", bytes);

    expect(own.requests).toEqual(["PUT", "PUT"]);
  });

  it("waits between attempts for a part of a time that doubles", async () => {
    await using own = await aFailingServer("lost", 3);
    const pauses: number[] = [];
    const sleep = async (durationMs: number) => void pauses.push(durationMs);

    await s3Blobs(own, { sleep, random: () => 0.5 }).put("name", bytes);

    expect(pauses).toEqual([25, 50, 100]);
  });

  it("throttles who is refused again and again", async () => {
    await using own = await aFailingServer({ status: 503, code: "SlowDown" });

    await expect(s3Blobs(own).put("name", bytes)).rejects.toThrow(TableThrottledError);
    await expect(s3Blobs(own).get("name")).rejects.toThrow("503 SlowDown No.");
    expect(own.requests).toHaveLength(8);
  });

  it("that cannot be reached is an error with its cause, and not a missing blob", async () => {
    await using own = await aFailingServer("lost");

    const failure = await s3Blobs(own)
      .get("name")
      .catch((error: unknown) => error);

    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(TableThrottledError);
    expect(failure).toMatchObject({ cause: expect.any(Error) });
  });

  it("that does not exist is an error, and not a missing blob", async () => {
    const blobs = s3Blobs(server, { bucket: "no-such-bucket" });

    await expect(blobs.get("name")).rejects.toThrow("404 NoSuchBucket");
    await expect(blobs.put("name", bytes)).rejects.toThrow("404 NoSuchBucket");
  });

  it("that refuses the signature is asked once", async () => {
    await using own = await aFailingServer(undefined);
    const credentials = { accessKeyId: "S3RVER", secretAccessKey: "wrong" };

    const put = s3Blobs(own, { credentials }).put("name", bytes);

    await expect(put).rejects.toThrow("403 SignatureDoesNotMatch");
    expect(own.requests).toEqual(["PUT"]);
  });
});
