import type { AccessKeyStore } from "#service/accessKeyStore.ts";
import { answerAccessKeyRequest } from "#service/answerAccessKeyRequest.ts";
import { type Config, readConfig } from "#service/config.ts";
import type { Log } from "#service/log.ts";
import type { QueueServiceOptions } from "#service/queueService.ts";
import { type AnswerKeys, serveKeysSocket } from "./keysSocket.ts";
import { openAccessKeys } from "./openAccessKeys.ts";
import { clock } from "./platform.ts";

/** The access keys of a server that runs. */
export interface ServerKeys {
  readonly keys: AccessKeyStore;
  /** Stops answering `millrace keys`. */
  close(): void;
}

/**
 * Opens the access keys that requests are checked against, and, of a folder, answers `millrace keys`
 * while this process holds it. Rejects if the key file cannot be read: no request could be served.
 */
export async function openServerKeys(
  config: Config,
  table: QueueServiceOptions["table"],
  log: Log,
): Promise<ServerKeys> {
  const { keys, keyFile } = await openAccessKeys(config, table);
  if (await keyFile?.isExposed()) log.warn("keyFile.exposed", { path: config.keyFile });
  if (config.store.kind !== "folder") return { keys, close() {} };
  try {
    const socket = await serveKeysSocket(config.store.path, answersOf(keys));
    return { keys, close: () => socket.close() };
  } catch (error) {
    log.warn("keysSocket.failed", { error });
    return { keys, close() {} };
  }
}

function answersOf(store: AccessKeyStore): AnswerKeys {
  return async (argv) => {
    const command = readConfig(argv, {});
    if (command.kind !== "keys") throw new Error("expected the command keys");
    const { config, request } = command;
    return await answerAccessKeyRequest(
      { store, account: config.account, nowMs: clock.nowMs() },
      request,
    );
  };
}
