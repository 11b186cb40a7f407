import assert from "node:assert/strict";
import { openKmsKeyWrapper } from "#kms/kmsKeyWrapper.ts";
import { AccessKeyStore } from "#service/accessKeyStore.ts";
import type { Config } from "#service/config.ts";
import type { QueueServiceOptions } from "#service/queueService.ts";
import type { SealingKeys } from "#service/sealingKeys.ts";
import { SecretBox } from "#service/secretBox.ts";
import { WrappedSealingKeys } from "#service/wrappedSealingKeys.ts";
import { clock, random } from "./platform.ts";

interface OpenAccessKeys {
  readonly keys: AccessKeyStore;
  /** What seals their secrets. */
  readonly sealing: SealingKeys;
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
