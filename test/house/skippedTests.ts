import type { Reporter, TestCase } from "vitest/node";

/** Tells at the end of a run which tests were skipped, under the reason that each gave. */
export class SkippedTests implements Reporter {
  readonly #namesByReason = new Map<string, string[]>();

  onTestCaseResult(test: TestCase): void {
    const result = test.result();
    if (result.state !== "skipped") return;
    const reason = result.note ?? "no reason given";
    const names = this.#namesByReason.get(reason) ?? [];
    this.#namesByReason.set(reason, names);
    names.push(`${test.module.relativeModuleId} › ${test.fullName}`);
  }

  onTestRunEnd(): void {
    for (const [reason, names] of this.#namesByReason) {
      const lines = names.length > namesShownMax ? names.slice(0, namesShownMax) : names;
      const rest = names.length - lines.length;
      const more = rest > 0 ? [`… and ${rest} more`] : [];
      process.stdout.write(`\n Skipped (${names.length}): ${reason}\n`);
      for (const line of [...lines, ...more]) process.stdout.write(`   ${line}\n`);
    }
    this.#namesByReason.clear();
  }
}

const namesShownMax = 5;
