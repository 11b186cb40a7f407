import { AccessKeyStore } from "#service/accessKeyStore.ts";
import type { Config } from "#service/config.ts";
import type { QueueServiceOptions } from "#service/queueService.ts";
import { SecretBox } from "#service/secretBox.ts";
import { KeyFile } from "./keyFile.ts";
import { clock, random } from "./platform.ts";

/** The access keys in a table, and the file whose keys seal their secrets. */
export function openAccessKeys(
  { keyFile: path = "" }: Config,
  table: QueueServiceOptions["table"],
): { readonly keys: AccessKeyStore; readonly keyFile: KeyFile } {
  const keyFile = new KeyFile(path);
  const box = new SecretBox(keyFile, random);
  return { keys: new AccessKeyStore({ table, clock, random, box }), keyFile };
}
