import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";

/** Every file of the project, committed or about to be. */
const paths = execFileSync("git", [
  "-c",
  "safe.directory=*",
  "ls-files",
  "--cached",
  "--others",
  "--exclude-standard",
])
  .toString()
  .split("\n")
  .filter((path) => path !== "" && existsSync(path));

const isText = /\.(?:ts|mjs|json|md|txt|ya?ml|grit|sh)$|^\.ci\/|^[A-Z]+$|\/[A-Z][A-Za-z]*file$/;
const thisFile = "test/house/tidy.test.ts";
const textPaths = paths.filter((path) => isText.test(path) && path !== thisFile);
const sourcePaths = paths.filter((path) => path.endsWith(".ts"));
const libPaths = sourcePaths.filter((path) => path.startsWith("lib/"));

const linesOf = (path: string): readonly string[] => readFileSync(path, "utf8").split("\n");

/** `path:line` of every line that a rule is broken by. */
function placesOf(files: readonly string[], isBroken: (line: string) => boolean): string[] {
  return files.flatMap((path) =>
    linesOf(path).flatMap((line, at) => (isBroken(line) ? [`${path}:${at + 1}`] : [])),
  );
}

describe("a file", () => {
  it("is named for what it holds", () => {
    const says = /^(?:utils?|helpers?|common|misc|types?)\.ts$/i;

    expect(sourcePaths.filter((path) => says.test(basename(path)))).toEqual([]);
  });

  it("of lib has at most 400 lines, unless it is one idea and listed here", () => {
    const listed: readonly string[] = [];
    const long = libPaths.filter((path) => linesOf(path).length > 400);

    expect(long).toEqual(listed);
  });

  it("with a decision has a number of its own, in its name and in its title", () => {
    const decisions = paths.filter((path) => path.startsWith("docs/decisions/"));
    const numbers = decisions.map((path) => Number(basename(path).slice(0, 4)));

    expect(numbers.toSorted((one, other) => one - other)).toEqual(numbers.map((_, at) => at + 1));
    expect(decisions.map((path) => Number.parseInt(linesOf(path)[0]?.slice(2) ?? "", 10))).toEqual(
      numbers,
    );
  });
});

describe("a line", () => {
  it("leaves nothing to do without the number of an issue", () => {
    const leaves = /\b(?:TODO|FIXME)\b(?!\(#\d+\))/;

    expect(placesOf(textPaths, (line) => leaves.test(line))).toEqual([]);
  });

  it("names no folder of one machine", () => {
    const machine = /(?<![\w.~:/])\/(?:work|root|tmp)\//;

    expect(placesOf(textPaths, (line) => machine.test(line))).toEqual([]);
  });
});

const exported = /^export (?:async )?(?:abstract )?(?:function\*?|class) (\w+)/;

/** Exports whose name and types say all that there is to say. */
const selfEvident: ReadonlySet<string> = new Set([
  "lib/contract/errors.ts invalidAttributeValue",
  "lib/contract/errors.ts missingParameter",
  "lib/contract/errors.ts unknownAttribute",
  "lib/contract/limits.ts within",
  "lib/contract/names.ts parseArn",
  "lib/contract/names.ts queueArn",
  "lib/contract/shape.ts list",
  "lib/contract/shape.ts map",
  "lib/contract/shape.ts structure",
  "lib/engine/batch.ts failedEntry",
  "lib/engine/laneReader.ts isExpired",
  "lib/engine/payload.ts decodePayload",
  "lib/engine/queue.ts arnOf",
  "lib/engine/queue.ts queueKey",
  "lib/engine/queue.ts readQueueItem",
  "lib/engine/receiptHandle.ts writeReceiptHandle",
  "lib/engine/removeMessages.ts segmentEdit",
  "lib/engine/segment.ts lanePartition",
  "lib/engine/segment.ts messageIdAt",
  "lib/engine/segment.ts readSegment",
  "lib/engine/segment.ts segmentItem",
  "lib/engine/segment.ts segmentKey",
  "lib/engine/segment.ts sentAtMs",
  "lib/engine/sendMessages.ts newRandomDigits",
  "lib/engine/slot.ts readSlot",
  "lib/engine/slotEdits.ts editSlots",
]);

describe("a function or class that lib exports", () => {
  const bare = libPaths.flatMap((path) => undocumented(path).map((name) => `${path} ${name}`));

  it("says in a doc comment what its caller can rely on", () => {
    expect(bare.filter((each) => !selfEvident.has(each))).toEqual([]);
  });
});

function undocumented(path: string): readonly string[] {
  const lines = linesOf(path);
  return lines.flatMap((line, at) => {
    const name = exported.exec(line)?.[1];
    return name === undefined || lines[at - 1]?.trimEnd().endsWith("*/") ? [] : [name];
  });
}
