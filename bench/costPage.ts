import type { LifeCost } from "./lives.ts";
import { prices } from "./prices.ts";
import { textTable } from "./textTable.ts";

/** What one way to live took, and how it would have been asked of SQS. */
export interface MeasuredLife {
  readonly title: string;
  readonly messages: number;
  /** Calls of the SQS API: sends, receives and deletes. */
  readonly calls: number;
  readonly isFifo: boolean;
  /** Of the largest call. */
  readonly callBytes: number;
  readonly cost: LifeCost;
  readonly puts: number;
  readonly gets: number;
}

/** How a table is paid for: dollars for a million units. */
interface Rate {
  readonly name: string;
  readonly writes: number;
  readonly reads: number;
}

/** Steady traffic does not use all that is provisioned for it. */
const utilisation = 0.7;
/** What a call takes of a function's time, without waiting for messages: an assumption, see the page. */
const callSeconds = 0.015;
const functionGigabytes = 1;

const million = 1_000_000;
const secondsPerHour = 3600;

const rates: readonly Rate[] = [
  {
    name: "on demand",
    writes: prices.dynamodb.onDemand.perMillionWrites,
    reads: prices.dynamodb.onDemand.perMillionReads,
  },
  provisioned("provisioned", 0),
  provisioned("reserved, 1 year", prices.dynamodb.reservedDiscount.oneYear),
  provisioned("reserved, 3 years", prices.dynamodb.reservedDiscount.threeYears),
];

function provisioned(name: string, discount: number): Rate {
  const { perWriteHour, perReadHour } = prices.dynamodb.provisioned;
  const perMillion = (perHour: number) =>
    ((perHour * (1 - discount)) / (secondsPerHour * utilisation)) * million;
  return { name, writes: perMillion(perWriteHour), reads: perMillion(perReadHour) };
}

/** The page `docs/cost.md`, of what was measured. */
export function costPage(lives: readonly MeasuredLife[]): string {
  return `# What messages cost

Made by \`npm run cost\` from units that it measures on a DynamoDB engine, and from the list prices in
\`bench/prices.ts\` (us-east-1). Dollars for a million messages, each sent, received once and deleted.

## The table

What DynamoDB and S3 ask. Provisioned and reserved capacity is reckoned as used to ${utilisation * 100} %, around the clock.

${tableCosts(lives)}

A million messages that wait for a day, at 1 KB each, take ${money(prices.dynamodb.perGigabyteMonth / 30)} of storage.

## The functions, beside SQS

A call to a function is its request and its time. Its time cannot be measured without an account:
${callSeconds * 1000} ms at ${functionGigabytes} GB on arm64 are assumed, most of it waiting for DynamoDB. Behind \`millrace start --table\` in a
container that column is the container's price instead, whatever the traffic.

${beside(lives)}

## Where SQS is cheaper

- **One by one, on demand, SQS is cheaper.** A guarded write costs more than a request to SQS does.
- **Long polling against functions is dear.** A function is paid for while it waits: one consumer that
  polls around the clock takes ${money(functionGigabytes * prices.lambda.perGigabyteSecond * 86_400)} a day at ${functionGigabytes} GB, where SQS asks ${money((86_400 / 20 / million) * prices.sqs.standardPerMillionRequests)}. Let scheduled pollers trigger
  workers, or run the server in a container.
- **Traffic that comes and goes** leaves provisioned capacity unused, and on demand is what is left.
- SQS's first million requests of each month are free; so are Lambda's, and 25 units of provisioned
  capacity.

Millrace is cheaper where a server in a container serves a table with provisioned or reserved capacity
and messages go in batches: compare the first table with SQS's column. S3 is cheaper than a table on
demand for large messages, and dearer than one with reserved capacity: raise \`--bucket-threshold\` there.
`;
}

function tableCosts(lives: readonly MeasuredLife[]): string {
  const head = ["life", "write units", "read units", ...rates.map(({ name }) => name)];
  const rows = lives.map((life) => [
    life.title,
    perMessage(life.cost.writeUnits, life),
    perMessage(life.cost.readUnits, life),
    ...rates.map((rate) => money(tableCost(life, rate))),
  ]);
  return textTable([head, ...rows]);
}

function beside(lives: readonly MeasuredLife[]): string {
  const [onDemand, , , reserved] = rates;
  const head = ["life", "SQS", "functions", "+ on demand", "+ reserved, 3 years"];
  const rows = lives.map((life) => {
    const functions = functionCost(life);
    const withTable = (rate: Rate | undefined) =>
      rate === undefined ? "–" : money(functions + tableCost(life, rate));
    return [
      life.title,
      money(sqsCost(life)),
      money(functions),
      withTable(onDemand),
      withTable(reserved),
    ];
  });
  return textTable([head, ...rows]);
}

/** For a million messages, as are all that follow. */
function tableCost({ cost, messages, puts, gets }: MeasuredLife, rate: Rate): number {
  const { perMillionPuts, perMillionGets } = prices.s3;
  const table = cost.writeUnits * rate.writes + cost.readUnits * rate.reads;
  return (table + puts * perMillionPuts + gets * perMillionGets) / messages;
}

function functionCost({ calls, messages }: MeasuredLife): number {
  const { perMillionRequests, perGigabyteSecond } = prices.lambda;
  const seconds = callSeconds * functionGigabytes * perGigabyteSecond * million;
  return (calls * (perMillionRequests + seconds)) / messages;
}

/** Deletes carry no body; sends and receives count once for every 64 KB. */
function sqsCost({ calls, messages, isFifo, callBytes }: MeasuredLife): number {
  const { standardPerMillionRequests, fifoPerMillionRequests, bytesPerRequest } = prices.sqs;
  const perMillion = isFifo ? fifoPerMillionRequests : standardPerMillionRequests;
  const deletes = calls / 3;
  const requests = (calls - deletes) * Math.ceil(callBytes / bytesPerRequest) + deletes;
  return (requests * perMillion) / messages;
}

function perMessage(units: number, { messages }: MeasuredLife): string {
  return (units / messages).toFixed(2);
}

function money(dollars: number): string {
  return `$${dollars.toFixed(dollars < 0.1 ? 3 : 2)}`;
}
