import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { costPage, type MeasuredLife } from "./costPage.ts";
import { CountedBucket } from "./countedBucket.ts";
import { startDynoxide } from "./dynoxide.ts";
import { costOfLife, lives } from "./lives.ts";

/** The lives that the page prices. */
const priced: readonly (Pick<MeasuredLife, "title" | "messages" | "callBytes"> & {
  readonly life: string;
  readonly hasBucket?: true;
})[] = [
  {
    life: "a JSON message of 900 bytes",
    title: "900 bytes, one by one",
    messages: 1,
    callBytes: 900,
  },
  { life: "ten messages of 200 bytes", title: "200 bytes, in tens", messages: 10, callBytes: 2000 },
  { life: "ten JSON messages of 1 KB", title: "1 KB, in tens", messages: 10, callBytes: 10_000 },
  { life: "a JSON message of 10 KB", title: "10 KB, one by one", messages: 1, callBytes: 10_000 },
  {
    life: "a JSON message of 100 KB",
    title: "100 KB, one by one, in the table",
    messages: 1,
    callBytes: 100_000,
  },
  {
    life: "a JSON message of 100 KB",
    title: "100 KB, one by one, in S3",
    messages: 1,
    callBytes: 100_000,
    hasBucket: true,
  },
  {
    life: "a small FIFO message",
    title: "FIFO, 200 bytes, one by one",
    messages: 1,
    callBytes: 200,
  },
  {
    life: "ten FIFO messages of 200 bytes",
    title: "FIFO, 200 bytes, one group, in tens",
    messages: 10,
    callBytes: 2000,
  },
];

const callsPerLife = 3;

/** Measures every priced life at an engine that speaks DynamoDB's API, and writes the page. */
export async function measuredCostPage(endpoint: string): Promise<string> {
  const measured: MeasuredLife[] = [];
  for (const { life: name, hasBucket, ...rest } of priced) {
    const life = lives.find((each) => each.name === name);
    if (life === undefined) throw new Error(`expected a life named ${name}`);
    const bucket = new CountedBucket();
    const cost = await costOfLife(endpoint, life, hasBucket && bucket);
    const { puts, gets } = bucket;
    measured.push({ ...rest, calls: callsPerLife, isFifo: life.isFifo ?? false, cost, puts, gets });
  }
  return costPage(measured);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dynoxide = await startDynoxide();
  try {
    await writeFile("docs/cost.md", await measuredCostPage(dynoxide.endpoint));
    console.log("wrote docs/cost.md");
  } finally {
    await dynoxide.stop();
  }
}
