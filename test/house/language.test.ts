import { type Case, describeLinter, line } from "./describeLinter.ts";

const handedIn = "Time, identity and randomness are handed in";
const digestsOnly = "Identity and randomness are handed in; digests are allowed";
const global = (name: string): string => `Do not use the global variable ${name}.`;

const timeAndChance: readonly Case[] = [
  line("lib/service/a.ts", "export const a = Date.now();", handedIn),
  line("lib/service/a.ts", "export const b = new Date();", handedIn),
  line("lib/service/a.ts", "export const c = new Date(0);"),
  line("lib/service/a.ts", 'export const d = Date.parse("2020-01-01");'),
  line("lib/service/a.ts", "export const e = Math.random();", handedIn),
  line("lib/service/a.ts", 'export const f = Math["random"]();', handedIn),
  line("lib/service/a.ts", "export const { random } = Math;", handedIn),
  line("lib/service/a.ts", "export const g = Math.max(1, 2);"),
  line("lib/service/a.ts", "export const h = performance.now();", global("performance")),
  line("lib/service/a.ts", "export const i = crypto.randomUUID();", global("crypto")),
  line("lib/service/a.ts", 'import { randomUUID } from "node:crypto";', digestsOnly),
  line("lib/service/a.ts", 'import * as all from "node:crypto";', digestsOnly),
  line("lib/transport/a.ts", 'import { randomBytes } from "node:crypto";', digestsOnly),
  line("lib/table/dynamodb/a.ts", 'import { randomUUID } from "node:crypto";', digestsOnly),
  line("functions/api.ts", "export const a = Date.now();"),
  line("functions/api.ts", 'import { randomUUID } from "node:crypto";'),
  line("bin/millrace.ts", "export const a = Math.random();"),
  line("test/unit/a.test.ts", "export const a = Date.now();"),
  line("bench/send.ts", "export const a = performance.now();"),
];

const environment: readonly Case[] = [
  line("lib/service/b.ts", "export const a = process;", global("process")),
  line("lib/table/dynamodb/b.ts", 'export const a = process.env["A"];', global("process")),
  line("lib/service/b.ts", "export const b = globalThis;", global("globalThis")),
  line("functions/api.ts", "export const b = process;"),
];

const engineHasNoClock: readonly Case[] = [
  line("lib/engine/a.ts", "export const a = new Date(0);", global("Date")),
  line("lib/engine/a.ts", "setTimeout(() => {}, 1);", global("setTimeout")),
  line("lib/engine/a.ts", "setInterval(() => {}, 1);", global("setInterval")),
  line("lib/engine/a.ts", "setImmediate(() => {});", global("setImmediate")),
  line("lib/engine/a.ts", 'export const b = fetch("");', global("fetch")),
  line("lib/engine/a.ts", 'export const c = process.env["A"];', global("process")),
  line("lib/engine/a.ts", "queueMicrotask(() => {});"),
  line("lib/transport/c.ts", "setTimeout(() => {}, 1);"),
];

const typesThatNodeErases: readonly Case[] = [
  line("lib/service/c.ts", "export enum Colour { red }", "noEnum"),
  line("lib/service/c.ts", "export namespace Place { export const a = 1; }", "noNamespace"),
  line("lib/service/c.ts", "class A { constructor(readonly a: 1) {} }", "noParameterProperties"),
  line("lib/service/c.ts", "export const a = (b: any): number => b;", "noExplicitAny"),
  line("lib/service/c.ts", "export const b = (c?: number): number => c!;", "noNonNullAssertion"),
  line("lib/service/c.ts", 'import { type Codec } from "./codec.ts";', "useImportType"),
  line("lib/service/c.ts", "export default 1;", "noDefaultExport"),
  line("lib/service/c.ts", 'export { c } from "./d.ts";', "noBarrelFile"),
];

const promises: readonly Case[] = [
  line("lib/service/d.ts", "export async function later(): Promise<boolean> { return true; }"),
  line("lib/service/d.ts", "later();", "noFloatingPromises"),
  line("lib/service/d.ts", "if (later()) await later();", "noMisusedPromises"),
  line("lib/service/d.ts", "await later();"),
];

const circles: readonly Case[] = [
  line("lib/auth/e.ts", 'import type { F } from "./f.ts";', "noImportCycles"),
  line("lib/auth/e.ts", "export interface E { readonly f: F; }"),
  line("lib/auth/f.ts", 'import type { E } from "./e.ts";', "noImportCycles"),
  line("lib/auth/f.ts", "export interface F { readonly e: E; }"),
];

const speech: readonly Case[] = [
  line("lib/service/g.ts", 'console.log("");', "noConsole"),
  line("functions/api.ts", 'console.log("");', "noConsole"),
  line("lib/service/log.ts", 'console.log("");'),
  line("bin/millrace.ts", 'console.log("");'),
  line("lib/service/snake_case.ts", "export const a = 1;", "useFilenamingConvention"),
];

const tests: readonly Case[] = [
  line("test/unit/b.test.ts", 'import { it } from "vitest";'),
  line("test/unit/b.test.ts", 'it.only("a", () => {});', "noFocusedTests"),
  line("test/unit/b.test.ts", 'it.skip("a", () => {});', "noSkippedTests"),
  line("test/unit/b.test.ts", 'it("a", ({ skip }) => skip("needs Java"));'),
];

const cases = [
  ...timeAndChance,
  ...environment,
  ...engineHasNoClock,
  ...typesThatNodeErases,
  ...promises,
  ...circles,
  ...speech,
  ...tests,
];

describeLinter(cases);
