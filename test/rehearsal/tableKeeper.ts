import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  paginateScan,
  UpdateTimeToLiveCommand,
} from "@aws-sdk/client-dynamodb";
import { region } from "./cloud.ts";
import { type Fields, fieldsOf, textOf } from "./template/template.ts";

type Key = Record<string, AttributeValue>;

const batchMax = 25;

/** A table as a template describes it, and what CloudFormation and an operator do with it. */
export class TableKeeper {
  readonly #name: string;
  readonly #client: DynamoDBClient;
  #kept: ReadonlySet<string> = new Set();

  constructor(name: string, endpoint: string) {
    this.#name = name;
    const credentials = { accessKeyId: "deployer", secretAccessKey: "deployer" };
    this.#client = new DynamoDBClient({ endpoint, region, credentials });
  }

  /** Makes the table of the properties of an `AWS::DynamoDB::Table`. */
  async create(properties: Fields): Promise<void> {
    const TableName = this.#name;
    const taken = Object.fromEntries(
      Object.entries(properties).filter(([name]) => createProperties.has(name)),
    );
    await this.#client.send(
      new CreateTableCommand({ ...(taken as Partial<CreateTableCommandInput>), TableName }),
    );
    const ttl = properties["TimeToLiveSpecification"];
    if (ttl === undefined) return;
    const { AttributeName, Enabled } = fieldsOf(ttl);
    await this.#client.send(
      new UpdateTimeToLiveCommand({
        TableName,
        TimeToLiveSpecification: {
          AttributeName: textOf(AttributeName),
          Enabled: Enabled === true,
        },
      }),
    );
  }

  /** Remembers what is in the table now. */
  async keep(): Promise<void> {
    this.#kept = new Set((await this.#keys()).map(nameOf));
  }

  /** Deletes all that was not there when it was told to keep. */
  async empty(): Promise<void> {
    const gone = (await this.#keys()).filter((key) => !this.#kept.has(nameOf(key)));
    for (let at = 0; at < gone.length; at += batchMax) {
      const deletes = gone.slice(at, at + batchMax).map((Key) => ({ DeleteRequest: { Key } }));
      const RequestItems = { [this.#name]: deletes };
      await this.#client.send(new BatchWriteItemCommand({ RequestItems }));
    }
  }

  close(): void {
    this.#client.destroy();
  }

  async #keys(): Promise<readonly Key[]> {
    const pages = paginateScan(
      { client: this.#client },
      { TableName: this.#name, ProjectionExpression: "pk, sk" },
    );
    const keys: Key[] = [];
    for await (const { Items = [] } of pages) keys.push(...Items);
    return keys;
  }
}

/** What engines know of a table. Backups, protection and keys are nothing that a function can see. */
const createProperties = new Set([
  "AttributeDefinitions",
  "BillingMode",
  "GlobalSecondaryIndexes",
  "KeySchema",
  "LocalSecondaryIndexes",
  "ProvisionedThroughput",
]);

function nameOf({ pk, sk }: Key): string {
  return JSON.stringify([pk, sk]);
}
