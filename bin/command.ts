import type { AccessKeyRequest } from "#service/accessKeyRequest.ts";
import { type Config, readConfig, type Store } from "#service/config.ts";
import { helpText } from "#service/flags.ts";
import {
  type PollCommand,
  type PollRequest,
  pollHelpText,
  readPollCommand,
} from "#service/pollCommand.ts";
import packageJson from "../package.json" with { type: "json" };
import { answerKeysCommand } from "./keysCommand.ts";
import { startServer } from "./startServer.ts";
import { stopOnSignal } from "./stopOnSignal.ts";

/** Does what the command line asks for, and sets the exit code. */
export async function runCommand(): Promise<void> {
  const [first, ...rest] = process.argv.slice(2);
  if (first === "poll") {
    await runPoll(readPollCommand(rest, process.env));
    return;
  }
  const command = readConfig(process.argv.slice(2), process.env);
  switch (command.kind) {
    case "help":
      process.stdout.write(helpText());
      return;
    case "version":
      process.stdout.write(`${packageJson.version}\n`);
      return;
    case "refused":
      refuse(command.problems);
      return;
    case "start":
      await start(command.config);
      return;
    case "keys":
      await keys(command.config, command.request);
  }
}

async function start(config: Config): Promise<void> {
  try {
    const server = await startServer(config);
    stopOnSignal(server);
    process.stdout.write(
      `Millrace ${packageJson.version} ${whoMayCall(config, server.lacksKeys)}\n` +
        `millrace is ready at ${server.url} (${placeOf(config.store)})\n`,
    );
  } catch (error) {
    refuse([`cannot start: ${error instanceof Error ? error.message : String(error)}`]);
    // A table that was opened before the start failed must not keep the process.
    process.exit();
  }
}

function whoMayCall({ auth, account }: Config, lacksKeys: boolean): string {
  if (auth === "off") return "accepts any credentials: do not expose it.";
  if (!lacksKeys) return "accepts requests that are signed with an access key.";
  return (
    "accepts requests that are signed with an access key.\n" +
    `Account ${account} has none yet: make one with millrace keys create, and the same settings.`
  );
}

async function keys(config: Config, request: AccessKeyRequest): Promise<void> {
  try {
    const answer = await answerKeysCommand(config, request, process.argv.slice(2));
    if (answer.kind === "refused") {
      refuse([answer.problem]);
      return;
    }
    process.stdout.write(answer.text);
    if (request.kind === "create") {
      process.stderr.write("millrace: the secret is shown this once; keep it now\n");
    }
  } catch (error) {
    refuse([`cannot reach the access keys: ${error instanceof Error ? error.message : error}`]);
  }
}

async function runPoll(command: PollCommand): Promise<void> {
  switch (command.kind) {
    case "help":
      process.stdout.write(pollHelpText());
      return;
    case "refused":
      refuse(command.problems);
      return;
    case "poll":
      await poll(command.request);
  }
}

async function poll(request: PollRequest): Promise<void> {
  try {
    const { runPollCommand } = await import("./pollCommand.ts");
    await runPollCommand(request, (line) => process.stdout.write(`${line}\n`));
  } catch (error) {
    const reason = error instanceof Error ? error.message || error.name : String(error);
    refuse([`cannot poll ${request.queue}: ${reason}`]);
  }
}

function placeOf(store: Store): string {
  switch (store.kind) {
    case "memory":
      return "data in memory only";
    case "folder":
      return `data in ${store.path}`;
    case "dynamodb":
      return `data in table ${store.table}`;
  }
}

function refuse(problems: readonly string[]): void {
  for (const problem of problems) process.stderr.write(`millrace: ${problem}\n`);
  process.exitCode = 1;
}
