import { AccessKeyStore } from "#service/accessKeyStore.ts";
import type { Config } from "#service/config.ts";
import type { QueueServiceOptions } from "#service/queueService.ts";
import type { SealingKeys } from "#service/sealingKeys.ts";
import { SecretBox } from "#service/secretBox.ts";
import { WrappedSealingKeys } from "#service/wrappedSealingKeys.ts";
import { KeyFile } from "./keyFile.ts";
import { clock, random } from "./platform.ts";

interface OpenAccessKeys {
  readonly keys: AccessKeyStore;
  /** The file whose keys seal the secrets, unless KMS guards them. */
  readonly keyFile: KeyFile | undefined;
}

/** The access keys in a table, with what seals their secrets. KMS's client is loaded only for KMS. */
export async function openAccessKeys(
  { keyFile: path = "", kmsKey }: Config,
  table: QueueServiceOptions["table"],
): Promise<OpenAccessKeys> {
  if (kmsKey === undefined) {
    const keyFile = new KeyFile(path);
    return { keys: storeOf(table, keyFile), keyFile };
  }
  const { openKmsKeyWrapper } = await import("#kms/kmsKeyWrapper.ts");
  const wrapper = openKmsKeyWrapper({ keyArn: kmsKey });
  return { keys: storeOf(table, new WrappedSealingKeys(table, wrapper)), keyFile: undefined };
}

function storeOf(table: QueueServiceOptions["table"], sealing: SealingKeys): AccessKeyStore {
  return new AccessKeyStore({ table, clock, random, box: new SecretBox(sealing, random) });
}
