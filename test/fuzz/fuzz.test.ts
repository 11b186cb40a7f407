import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HttpRequest, HttpResponse } from "#protocol/http.ts";
import { openMemoryTable } from "#table/memory/memoryTable.ts";
import type { Table } from "#table/table.ts";
import { serveFunctionUrl } from "#transport/lambda.ts";
import { freshDynamodbTable } from "../support/dynamodbFreshTable.ts";
import { ownDynamodb } from "../support/ownDynamodb.ts";
import { eventsOf } from "./events.ts";
import { aFuzzWorld, type FuzzWorld, type Loot } from "./fuzzWorld.ts";
import { type Requests, requestsWith } from "./requests.ts";
import { forgeries } from "./signedRequests.ts";
import { isPolluted, problemOf } from "./wellFormed.ts";

/** `FUZZ_INPUTS=n` tries about so many inputs in all; `FUZZ_SEED=n` those of a run that failed. */
const inputs = Number(process.env["FUZZ_INPUTS"] ?? 6000);
const seed = process.env["FUZZ_SEED"];
/** Of each kind, beside the share of the whole that it gets. */
const programLength = 40;
/** No request may ask the table more often: the longest poll of a shared table, and a move task. */
const tableCallsMax = 400;
const timeoutMs = 60_000 + inputs * 5;

let loot: Loot;
let requests: Requests;
let forged: fc.Arbitrary<HttpRequest>;
const tried = new Map<string, number>();

function memoryTable(): Table {
  return openMemoryTable({ clock: { nowMs: () => 0 } });
}

beforeAll(async () => {
  const table = memoryTable();
  const world = await aFuzzWorld(table);
  loot = world.loot;
  requests = requestsWith(loot);
  forged = await forgeries(world.key, world.nowMs);
  await world.close();
  await table.close();
});
afterAll(() => {
  const counts = [...tried].map(([kind, count]) => `${count} ${kind}`).join(", ");
  process.stderr.write(`fuzzed: ${counts}\n`);
});

type Try<Input> = (world: FuzzWorld, input: Input) => Promise<string | undefined>;

/** Tries programs of inputs, each on a fresh world, so that what fails can be made shorter. */
async function fuzz<Input>(
  kind: string,
  share: number,
  one: fc.Arbitrary<Input>,
  attempt: Try<Input>,
) {
  await fc.assert(
    fc.asyncProperty(fc.array(one, { maxLength: programLength, size: "max" }), async (program) => {
      const table = memoryTable();
      const world = await aFuzzWorld(table);
      try {
        for (const input of program) await tryOne(world, input, attempt);
        tried.set(kind, (tried.get(kind) ?? 0) + program.length);
      } finally {
        await world.close();
        await table.close();
      }
    }),
    {
      numRuns: Math.ceil((inputs * share) / (programLength / 2)),
      ...(seed !== undefined && { seed: Number(seed) }),
    },
  );
}

async function tryOne<Input>(world: FuzzWorld, input: Input, attempt: Try<Input>): Promise<void> {
  const before = world.tableCalls();
  expect(await attempt(world, input)).toBe(undefined);
  expect(world.faults).toEqual([]);
  expect(isPolluted()).toBe(false);
  expect(world.tableCalls() - before).toBeLessThanOrEqual(tableCallsMax);
}

const answersWell: Try<HttpRequest> = async (world, request) =>
  problemOf(await world.handle(request));

const isNotBelieved: Try<HttpRequest> = async (world, request) => {
  const answer = await world.handleSigned(request);
  if (answer.status < 400) return `expected a forgery to be refused, got ${answer.status}`;
  return problemOf(answer);
};

describe("no input brings down", { timeout: timeoutMs }, () => {
  it("AWS JSON", () => fuzz("AWS JSON", 0.3, requests.json, answersWell));

  it("Query, nor writes elements into its XML", () =>
    fuzz("Query", 0.25, requests.query, answersWell));

  it("REST", () => fuzz("REST", 0.2, requests.rest, answersWell));

  it("what tells the protocols apart", () => fuzz("of any form", 0.05, requests.any, answersWell));

  it("the reading of signatures, nor is a forgery believed", () =>
    fuzz("signatures", 0.1, forged, isNotBelieved));

  it("the reading of function URL events", () =>
    fuzz(
      "events",
      0.1,
      eventsOf(fc.oneof(requests.json, requests.query, requests.rest)),
      answersEvent,
    ));
});

async function answersEvent(world: FuzzWorld, event: unknown): Promise<string | undefined> {
  let answered: HttpResponse | undefined;
  const serve = serveFunctionUrl(
    async (request) => {
      answered = await world.handle(request);
      return answered;
    },
    { requestBytesMax: 7 * 1024 * 1024 },
  );
  try {
    const { statusCode } = await serve(event, new AbortController().signal);
    if (typeof statusCode !== "number") return `expected a status, got ${statusCode}`;
  } catch (error) {
    // What is no event at all nobody could be answered for.
    const isNone = error instanceof Error && error.message.startsWith("expected the event of");
    if (!isNone) throw error;
  }
  return answered === undefined ? undefined : problemOf(answered);
}

describe("on DynamoDB (dynoxide), no input brings down", { timeout: timeoutMs }, () => {
  const dynamodb = ownDynamodb();
  let table: Table | undefined;

  beforeAll(async () => {
    if (dynamodb.missing === undefined) table = await freshDynamodbTable(dynamodb.endpoint);
  });
  afterAll(async () => {
    await table?.close();
  });

  it("any protocol", async ({ skip }) => {
    skip(table === undefined, dynamodb.missing ?? "no engine");
    if (table === undefined) return;
    const world = await aFuzzWorld(table);
    const one = fc.oneof(
      ...[requestsWith(world.loot)].flatMap(({ json, query, rest }) => [json, query, rest]),
    );
    await fc.assert(
      fc.asyncProperty(one, async (request) => {
        tried.set("on DynamoDB", (tried.get("on DynamoDB") ?? 0) + 1);
        await tryOne(world, request, answersWell);
      }),
      {
        numRuns: Math.min(5000, Math.ceil(inputs / 12)),
        ...(seed !== undefined && { seed: Number(seed) }),
      },
    );
    await world.close();
  });
});
