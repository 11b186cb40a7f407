import { beforeAll, describe, expect, it } from "vitest";
import { type Line, lintLines } from "./lintLines.ts";

/** A line, and what the linter is to say of it. */
export interface Case extends Line {
  readonly title: string;
  /** Part of what the linter says; `undefined`: nothing. */
  readonly refusal: string | undefined;
}

/** One line, and a part of what refuses it. */
export const line = (file: string, code: string, refusal?: string): Case => ({
  title: `${refusal === undefined ? "accepts" : "refuses"} in ${file}: ${code}`,
  file,
  code,
  refusal,
});

/** Tries each line on the linter, all in one run of it. */
export function describeLinter(cases: readonly Case[]): void {
  describe("the linter", () => {
    let complaints: readonly (readonly string[])[];

    beforeAll(async () => {
      complaints = await lintLines(cases);
    });

    it.each(cases.map((each, at) => ({ ...each, at })))("$title", ({ at, refusal }) => {
      const said = complaints[at]?.join("\n");

      if (refusal === undefined) expect(said).toBe("");
      else expect(said).toContain(refusal);
    });
  });
}
