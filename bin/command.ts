import { type Config, readConfig, type Store } from "#service/config.ts";
import { helpText } from "#service/flags.ts";
import packageJson from "../package.json" with { type: "json" };
import { startServer } from "./startServer.ts";
import { stopOnSignal } from "./stopOnSignal.ts";

/** Does what the command line asks for, and sets the exit code. */
export async function runCommand(): Promise<void> {
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
  }
}

async function start(config: Config): Promise<void> {
  try {
    const server = await startServer(config);
    stopOnSignal(server);
    process.stdout.write(
      `Millrace ${packageJson.version} accepts any credentials: do not expose it.\n` +
        `millrace is ready at ${server.url} (${placeOf(config.store)})\n`,
    );
  } catch (error) {
    refuse([`cannot start: ${error instanceof Error ? error.message : String(error)}`]);
    // A table that was opened before the start failed must not keep the process.
    process.exit();
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
