import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { openKmsKeyWrapper } from "#kms/kmsKeyWrapper.ts";
import { type AwsJsonServer, AwsRefusal } from "../../support/awsJsonServer.ts";
import { kmsKeyArn, otherKmsKeyArn, startFakeKms } from "../../support/fakeKms.ts";
import { FaultyLink } from "../../support/faultyLink.ts";

let kms: AwsJsonServer;

beforeAll(async () => {
  kms = await startFakeKms();
});

afterAll(async () => {
  await kms.stop();
});

const wrapper = (keyArn = kmsKeyArn, endpoint = kms.endpoint) =>
  openKmsKeyWrapper({
    keyArn,
    endpoint,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });

describe("openKmsKeyWrapper", () => {
  it("makes a data key of 32 bytes that it opens again", async () => {
    const { bytes, wrapped } = await wrapper().generate();

    const opened = await wrapper().open(wrapped);

    expect(bytes).toHaveLength(32);
    expect([...opened]).toEqual([...bytes]);
    expect(Buffer.from(wrapped).includes(Buffer.from(bytes))).toBe(false);
  });

  it("says what its data keys are for", async () => {
    await wrapper().generate();

    expect(kms.calls.at(-1)).toMatchObject({
      action: "GenerateDataKey",
      input: { KeyId: kmsKeyArn, EncryptionContext: { purpose: "millrace access keys" } },
    });
  });

  it("does not open what another key has wrapped", async () => {
    const { wrapped } = await wrapper().generate();

    const opened = wrapper(otherKmsKeyArn).open(wrapped);

    await expect(opened).rejects.toThrow(
      `KMS Decrypt with key ${otherKmsKeyArn} failed: InvalidCiphertextException`,
    );
  });

  it("says why KMS refuses", async () => {
    kms.fail(new AwsRefusal("AccessDeniedException", "not you"));

    const made = wrapper().generate();

    await expect(made).rejects.toThrow("failed: AccessDeniedException: not you");
    kms.fail(undefined);
  });

  it("asks again when the connection dies silently in the middle of an answer", async () => {
    const link = await FaultyLink.start(Number(new URL(kms.endpoint).port));
    onTestFinished(() => link.stop());
    await link.become("dying");
    const made = wrapper(kmsKeyArn, link.endpoint).generate();
    await vi.waitUntil(() => link.deaths > 0, { timeout: 15_000 });

    await link.become("open");

    expect((await made).bytes).toHaveLength(32);
  });
});
