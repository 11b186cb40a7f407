import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { openKmsKeyWrapper } from "#kms/kmsKeyWrapper.ts";
import { AccessKeyStore, type CreatedAccessKey } from "#service/accessKeyStore.ts";
import type { Config } from "#service/config.ts";
import type { QueueServiceOptions } from "#service/queueService.ts";
import { sealingKey, sealingKeyBytes } from "#service/sealingKeys.ts";
import { SecretBox } from "#service/secretBox.ts";
import { WrappedSealingKeys } from "#service/wrappedSealingKeys.ts";
import type { FunctionParts } from "./openFunction.ts";
import { clock, random } from "./platform.ts";

interface OpenAccessKeys {
  readonly keys: AccessKeyStore;
  /** What seals their secrets. */
  readonly sealing: WrappedSealingKeys;
}

/** The access keys in a table, guarded by the key of KMS, which must be set. No request is made. */
export function openAccessKeys(
  table: QueueServiceOptions["table"],
  { kmsKey }: Pick<Config, "kmsKey">,
): OpenAccessKeys {
  assert(kmsKey !== undefined);
  const sealing = new WrappedSealingKeys(table, openKmsKeyWrapper({ keyArn: kmsKey }));
  const box = new SecretBox(sealing, random);
  return { sealing, keys: new AccessKeyStore({ table, clock, random, box }) };
}

interface WarmUpKeys {
  readonly keys: AccessKeyStore;
  /** Makes a key that may do everything with queues whose names begin with `warm-`. */
  newKey(): Promise<CreatedAccessKey>;
}

/** Access keys in the table of a warm-up, guarded by a key that nobody else ever has. */
export function openWarmUpKeys({
  table,
  config,
}: Pick<FunctionParts, "table" | "config">): WarmUpKeys {
  const own = sealingKey(randomBytes(sealingKeyBytes));
  const box = new SecretBox({ current: async () => own, find: async () => own }, random);
  const keys = new AccessKeyStore({ table, clock, random, box });
  const { account } = config;
  const policy = { actions: ["*"], queues: ["warm-*"] };
  const said = { account, policy, description: undefined, expiresInSeconds: undefined };
  return { keys, newKey: () => keys.create(said) };
}
