import { randomUUID } from "node:crypto";
import { type Statement, statementsOf } from "./access/policies.ts";
import { account, type Cloud, openCloud, region } from "./cloud.ts";
import { CustomResources } from "./customResources.ts";
import { Edge } from "./edge.ts";
import { FunctionUrl } from "./functionUrl.ts";
import type { RehearsalClock } from "./rehearsalClock.ts";
import { type FunctionDescription, FunctionPool } from "./runtime/functionPool.ts";
import { Schedules, scheduleOf } from "./schedules.ts";
import { TableKeeper } from "./tableKeeper.ts";
import { type Assembly, unpackFresh } from "./template/assembly.ts";
import { type Deployed, deploymentOrder, Resolver } from "./template/resolve.ts";
import { arnOf, namedOnly, nameOf, type Planned } from "./template/resources.ts";
import { type Fields, fieldsOf, listOf, textOf } from "./template/template.ts";

export interface DeploymentOptions {
  /** Time moved by hand. Default: this machine's. */
  readonly clock?: RehearsalClock | undefined;
  /** How many requests a function may have at once where its template says nothing. */
  readonly concurrencyMax?: number;
}

/** A function of the template, and what it runs under. */
export interface DeployedFunction {
  readonly logicalId: string;
  readonly description: FunctionDescription;
  readonly roleArn: string;
  readonly pool: FunctionPool;
}

const concurrencyMaxDefault = 40;

/** A stack that was deployed from its template to this machine. */
export class Deployment {
  readonly cloud: Cloud;
  readonly schedules: Schedules;
  readonly functions = new Map<string, DeployedFunction>();
  /** The custom resources that are there, by logical id. */
  readonly #customResources = new Map<string, CustomResource>();
  readonly #clock: RehearsalClock | undefined;
  readonly #concurrencyMax: number;
  readonly #assembly: Assembly;
  readonly #custom: CustomResources;
  readonly #deployed = new Map<string, Deployed>();
  readonly #resolver: Resolver;
  readonly #urls: FunctionUrl[] = [];
  readonly #edges: Edge[] = [];
  /** What the policies of functions themselves permit. */
  readonly #permissions: Fields[] = [];
  readonly #tableKeepers: TableKeeper[] = [];
  readonly #stackId = arnOf(
    { region, account },
    "cloudformation",
    `stack/rehearsal/${randomUUID()}`,
  );

  private constructor(
    assembly: Assembly,
    cloud: Cloud,
    custom: CustomResources,
    { clock, concurrencyMax = concurrencyMaxDefault }: DeploymentOptions,
  ) {
    this.cloud = cloud;
    this.schedules = new Schedules(cloud.lambda, cloud.recorder);
    this.#assembly = assembly;
    this.#custom = custom;
    this.#clock = clock;
    this.#concurrencyMax = concurrencyMax;
    this.#resolver = new Resolver({
      template: assembly.template,
      deployed: this.#deployed,
      pseudoParameters: {
        "AWS::AccountId": account,
        "AWS::Partition": "aws",
        "AWS::Region": region,
        "AWS::StackId": this.#stackId,
        "AWS::StackName": assembly.stackName,
        "AWS::URLSuffix": "amazonaws.com",
      },
    });
  }

  /** Deploys a stack, resource by resource. Rejects at the first that fails. */
  static async create(assembly: Assembly, options: DeploymentOptions = {}): Promise<Deployment> {
    const cloud = await openCloud();
    const deployment = new Deployment(
      assembly,
      cloud,
      await CustomResources.listen(cloud.lambda),
      options,
    );
    try {
      for (const id of deploymentOrder(assembly.template)) await deployment.#deploy(id);
      for (const keeper of deployment.#tableKeepers) await keeper.keep();
    } catch (error) {
      await deployment.close();
      throw error;
    }
    return deployment;
  }

  /** What the template's outputs say. */
  get outputs(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      Object.entries(this.#assembly.template.Outputs ?? {}).map(([id, { Value }]) => [
        id,
        this.#resolver.resolve(Value),
      ]),
    );
  }

  /** The one function whose code is in a folder of that name, or whose id begins so. */
  functionNamed(name: string): DeployedFunction {
    const found = [...this.functions.values()].filter(({ logicalId }) =>
      logicalId.startsWith(name),
    );
    const [only] = found;
    if (only === undefined || found.length > 1) {
      throw new Error(
        `expected one function ${name}, got ${[...this.functions.keys()].join(", ")}`,
      );
    }
    return only;
  }

  /** What a role may do: the statements of every policy that the template attaches to it. */
  statementsOf(roleArn: string): readonly Statement[] {
    const roleName = roleArn.split("/").at(-1);
    return Object.entries(this.#assembly.template.Resources).flatMap(
      ([id, { Type, Properties }]) => {
        if (Type === "AWS::IAM::Policy") {
          const { Roles, PolicyDocument } = fieldsOf(this.#resolver.resolve(Properties), id);
          return listOf(Roles).includes(roleName) ? statementsOf(PolicyDocument) : [];
        }
        if (Type !== "AWS::IAM::Role" || this.#deployed.get(id)?.ref !== roleName) return [];
        const { Policies } = fieldsOf(this.#resolver.resolve(Properties ?? {}), id);
        return listOf(Policies).flatMap((each) => statementsOf(fieldsOf(each)["PolicyDocument"]));
      },
    );
  }

  /** Starts further processes of a function, behind an address of their own. */
  async openUrl(
    of: DeployedFunction,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly url: FunctionUrl; readonly pool: FunctionPool }> {
    const { options } = of.pool;
    const pool = new FunctionPool({
      ...options,
      environment: { ...options.environment, ...environment },
    });
    const url = await this.#listen(pool, () => true);
    return { url, pool };
  }

  /** The logical ids of the custom resources of a type that are there. */
  customResourcesOf(type: string): readonly string[] {
    return [...this.#customResources].filter(([, each]) => each.type === type).map(([id]) => id);
  }

  /**
   * Changes properties of a custom resource, and answers what `Fn::GetAtt` gives of it then. What is
   * replaced by that is deleted after it.
   */
  async updateCustomResource(logicalId: string, changes: Fields): Promise<Fields> {
    const { type, properties: oldProperties, physicalId } = this.#customResource(logicalId);
    const properties = { ...oldProperties, ...changes };
    const asked = { stackId: this.#stackId, logicalId, type };
    const update = {
      ...asked,
      requestType: "Update",
      properties,
      oldProperties,
      physicalId,
    } as const;
    const answer = await this.#custom.ask(update);
    this.#customResources.set(logicalId, { type, properties, physicalId: answer.physicalId });
    if (answer.physicalId !== physicalId) {
      const properties = oldProperties;
      await this.#custom.ask({ ...asked, requestType: "Delete", properties, physicalId });
    }
    return answer.data;
  }

  /** Deletes a custom resource, as its stack's deletion does. */
  async deleteCustomResource(logicalId: string): Promise<void> {
    const { type, properties, physicalId } = this.#customResource(logicalId);
    const asked = { stackId: this.#stackId, logicalId, type, properties, physicalId };
    await this.#custom.ask({ ...asked, requestType: "Delete" });
    this.#customResources.delete(logicalId);
  }

  #customResource(logicalId: string): CustomResource {
    const found = this.#customResources.get(logicalId);
    if (found === undefined) throw new Error(`expected a custom resource ${logicalId}, found none`);
    return found;
  }

  /** Drops from the table all that is there beside what the deployment itself has put there. */
  async emptyTable(): Promise<void> {
    for (const keeper of this.#tableKeepers) await keeper.empty();
  }

  async close(): Promise<void> {
    for (const keeper of this.#tableKeepers) keeper.close();
    for (const edge of this.#edges) await edge.close();
    for (const url of this.#urls) await url.close();
    this.#custom.close();
    await this.cloud.close();
  }

  async #deploy(logicalId: string): Promise<void> {
    const resource = this.#assembly.template.Resources[logicalId];
    if (resource === undefined) throw new Error(`expected ${logicalId} to be in the template`);
    const { Type: type, Condition, Properties = {} } = resource;
    if (Condition !== undefined && !this.#resolver.holds(Condition)) return;
    const properties = fieldsOf(this.#resolver.resolve(Properties), logicalId);
    const { stackName } = this.#assembly;
    const planned: Planned = { logicalId, type, properties, stackName, region, account };
    this.#deployed.set(logicalId, namedOnly(planned) ?? (await this.#make(planned)));
  }

  async #make(planned: Planned): Promise<Deployed> {
    const { type, logicalId, properties } = planned;
    if (type.startsWith("Custom::") || type === "AWS::CloudFormation::CustomResource") {
      return await this.#makeCustom(planned);
    }
    switch (type) {
      case "AWS::CloudFront::Distribution": {
        const edge = await Edge.listen(properties);
        this.#edges.push(edge);
        return { ref: nameOf(planned), attributes: { DomainName: edge.domainName } };
      }
      case "AWS::DynamoDB::Table":
        return await this.#makeTable(planned);
      case "AWS::S3::Bucket":
        return await this.#makeBucket(planned);
      case "AWS::KMS::Key": {
        const id = randomUUID();
        const arn = arnOf(planned, "kms", `key/${id}`);
        this.cloud.addKey(arn);
        return { ref: id, attributes: { Arn: arn, KeyId: id } };
      }
      case "AWS::SecretsManager::Secret": {
        const arn = arnOf(planned, "secretsmanager", `secret:${nameOf(planned)}`);
        this.cloud.addSecret(arn);
        return { ref: arn, attributes: { Id: arn } };
      }
      case "AWS::Lambda::Function":
        return await this.#makeFunction(planned);
      case "AWS::Lambda::Permission":
        this.#permissions.push(properties);
        return { ref: nameOf(planned), attributes: {} };
      case "AWS::Lambda::Url":
        return await this.#makeUrl(planned);
      case "AWS::Scheduler::Schedule": {
        this.schedules.all.push(scheduleOf(logicalId, properties));
        const name = nameOf(planned);
        return { ref: name, attributes: { Arn: arnOf(planned, "scheduler", `schedule/${name}`) } };
      }
      default:
        throw new Error(`expected a resource that the rehearsal knows, got ${type} ${logicalId}`);
    }
  }

  async #makeTable(planned: Planned): Promise<Deployed> {
    const name = nameOf(planned);
    const keeper = new TableKeeper(name, this.cloud.dynamodb.endpoint);
    this.#tableKeepers.push(keeper);
    await keeper.create(planned.properties);
    const arn = arnOf(planned, "dynamodb", `table/${name}`);
    const { KMSMasterKeyId: keyArn } = fieldsOf(planned.properties["SSESpecification"] ?? {});
    if (keyArn !== undefined) this.cloud.recorder.noteEncryption(arn, textOf(keyArn));
    return { ref: name, attributes: { Arn: arn } };
  }

  async #makeBucket(planned: Planned): Promise<Deployed> {
    const name = nameOf(planned).toLowerCase();
    await this.cloud.s3.addBucket(name);
    const arn = `arn:aws:s3:::${name}`;
    const keyArn = bucketKeyOf(planned.properties);
    if (keyArn !== undefined) this.cloud.recorder.noteEncryption(arn, keyArn);
    return { ref: name, attributes: { Arn: arn } };
  }

  async #makeFunction(planned: Planned): Promise<Deployed> {
    const { logicalId, properties } = planned;
    const name = nameOf(planned).slice(0, 64);
    const arn = arnOf(planned, "lambda", `function:${name}`);
    const { recorder, credentials, folder, lambda } = this.cloud;
    const key = textOf(fieldsOf(properties["Code"], "code")["S3Key"], "the key of an asset");
    const asset = this.#assembly.assets.get(key);
    if (asset === undefined) throw new Error(`expected an asset ${key}, found none`);
    const variables = fieldsOf(fieldsOf(properties["Environment"] ?? {})["Variables"] ?? {});
    const description: FunctionDescription = {
      name,
      arn,
      folder: await unpackFresh(asset, folder),
      handler: textOf(properties["Handler"]),
      timeoutSeconds: Number(properties["Timeout"] ?? 3),
      memoryMb: Number(properties["MemorySize"] ?? 128),
      environment: Object.fromEntries(
        Object.entries(variables).map(([variable, value]) => [variable, String(value)]),
      ),
    };
    const pool = new FunctionPool({
      function: description,
      region,
      environment: { ...credentials, ...(await recorder.environmentOf(logicalId)) },
      concurrencyMax: Number(properties["ReservedConcurrentExecutions"] ?? this.#concurrencyMax),
      clock: this.#clock,
    });
    lambda.add(pool);
    const roleArn = textOf(properties["Role"], `the role of ${logicalId}`);
    this.functions.set(logicalId, { logicalId, description, roleArn, pool });
    return { ref: name, attributes: { Arn: arn } };
  }

  async #makeUrl({ properties }: Planned): Promise<Deployed> {
    const functionArn = textOf(properties["TargetFunctionArn"]);
    const url = await this.#listen(
      this.cloud.lambda.poolOf(functionArn),
      () => properties["AuthType"] === "NONE" && this.#isPublic(functionArn),
    );
    return {
      ref: functionArn,
      attributes: { FunctionArn: functionArn, FunctionUrl: `${url.origin}/` },
    };
  }

  /** Whether anybody may invoke a function by its URL: since October 2025 that takes two permissions. */
  #isPublic(functionArn: string): boolean {
    const given = this.#permissions.filter(
      ({ FunctionName, Principal }) => FunctionName === functionArn && Principal === "*",
    );
    return (
      given.some(
        (each) =>
          each["Action"] === "lambda:InvokeFunctionUrl" && each["FunctionUrlAuthType"] === "NONE",
      ) &&
      given.some(
        (each) =>
          each["Action"] === "lambda:InvokeFunction" && each["InvokedViaFunctionUrl"] === true,
      )
    );
  }

  async #listen(pool: FunctionPool, isOpen: () => boolean): Promise<FunctionUrl> {
    const url = await FunctionUrl.listen({
      isOpen,
      invoke: (event) => pool.invoke(event),
      nowMs: () => this.#clock?.nowMs() ?? Date.now(),
    });
    this.#urls.push(url);
    return url;
  }

  async #makeCustom({ logicalId, type, properties }: Planned): Promise<Deployed> {
    const asked = { stackId: this.#stackId, logicalId, type };
    const answer = await this.#custom.ask({ ...asked, requestType: "Create", properties });
    const { physicalId, data } = answer;
    this.#customResources.set(logicalId, { type, properties, physicalId });
    const attributes = Object.entries(data).map(([name, value]) => [name, String(value)]);
    return { ref: physicalId, attributes: Object.fromEntries(attributes) };
  }
}

interface CustomResource {
  readonly type: string;
  readonly properties: Fields;
  readonly physicalId: string;
}

/** The customer's key of a bucket, of its resolved properties. */
function bucketKeyOf({ BucketEncryption: encryption }: Fields): string | undefined {
  const [rule] = listOf(fieldsOf(encryption ?? {})["ServerSideEncryptionConfiguration"]);
  const { KMSMasterKeyID: keyArn } = fieldsOf(
    fieldsOf(rule ?? {})["ServerSideEncryptionByDefault"] ?? {},
  );
  return keyArn === undefined ? undefined : textOf(keyArn);
}
