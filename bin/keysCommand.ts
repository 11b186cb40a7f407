import type { AccessKeyRequest } from "#service/accessKeyRequest.ts";
import { type AccessKeyAnswer, answerAccessKeyRequest } from "#service/answerAccessKeyRequest.ts";
import type { Config } from "#service/config.ts";
import { askKeysSocket } from "./keysSocket.ts";
import { openAccessKeys } from "./openAccessKeys.ts";
import { openTable } from "./openTable.ts";
import { clock } from "./platform.ts";

/**
 * Does what `millrace keys` asks for: in a table, in a folder that nobody uses, or through the server
 * that uses it. `argv` is what the server is told.
 */
export async function answerKeysCommand(
  config: Config,
  request: AccessKeyRequest,
  argv: readonly string[],
): Promise<AccessKeyAnswer> {
  const { store: place, account } = config;
  if (place.kind === "folder") {
    // The account may have come from the environment, which the server does not see.
    const answer = await askKeysSocket(place.path, [...argv, `--account=${account}`]);
    if (answer !== undefined) return answer;
  }
  const table = await openTable(place).catch(advise);
  try {
    const { keys: store } = await openAccessKeys(config, table);
    return await answerAccessKeyRequest({ store, account, nowMs: clock.nowMs() }, request);
  } finally {
    await table.close();
  }
}

/** A server that checks signatures would have answered. */
function advise(error: unknown): never {
  if (!(error instanceof Error && error.message.endsWith("in use by another process"))) throw error;
  throw new Error(
    `${error.message}: stop that server, or start it with --auth required, which takes keys as it runs`,
    { cause: error },
  );
}
