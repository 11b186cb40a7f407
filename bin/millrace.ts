#!/usr/bin/env node

// Nothing is imported before this check: an older Node must get as far as its own refusal, and it
// knows neither `node:sqlite` nor all of our syntax.
const needed = 24;
const [major] = process.versions.node.split(".");

if (Number(major) < needed) {
  console.error(
    `millrace needs Node ${needed} or later, this is v${process.versions.node} (${process.execPath})`,
  );
  process.exitCode = 1;
} else {
  const { runCommand } = await import("./command.ts");
  await runCommand();
}
