import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { costOfLife, type Life } from "../../bench/lives.ts";
import { ownDynamodb } from "../support/ownDynamodb.ts";
import { s3Blobs } from "../support/s3Blobs.ts";
import { type S3Server, startS3Server } from "../support/s3Server.ts";

const dynamodb = ownDynamodb();
let s3: S3Server;

beforeAll(async () => {
  if (dynamodb.missing === undefined) s3 = await startS3Server();
});
afterAll(async () => {
  await s3?.stop();
});

/** A message of so many bytes that do not get smaller, from its sending to its deletion. */
function lifeOf(bytes: number): Life {
  return {
    name: `${bytes} incompressible bytes`,
    async live(queue) {
      await queue.send([randomBytes(bytes).toString("base64")]);
      const [delivery] = await queue.receive({
        most: 1,
        visibilityTimeoutSeconds: 30,
        waitSeconds: 0,
      });
      await queue.delete([delivery?.receiptHandle ?? ""]);
    },
  };
}

describe("a message of 64 KB with a bucket", () => {
  beforeEach(({ skip }) => skip(dynamodb.missing !== undefined, dynamodb.missing));

  it("takes 3 write units, at most 2 read units, a PUT and a GET", async () => {
    const cost = await costOfLife(dynamodb.endpoint, lifeOf(64 * 1024), s3Blobs(s3));

    expect(cost.writeUnits).toBe(3);
    expect(cost.readUnits).toBeLessThanOrEqual(2);
    expect(s3.requests).toEqual(["PUT", "GET"]);
  });

  it("takes more than 60 write units without one", async () => {
    const cost = await costOfLife(dynamodb.endpoint, lifeOf(64 * 1024));

    expect(cost.writeUnits).toBeGreaterThan(60);
  });
});
