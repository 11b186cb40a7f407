import { Duration } from "aws-cdk-lib";
import {
  FunctionUrlAuthType,
  InvokeMode,
  type Function as LambdaFunction,
} from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { variableOf } from "#service/flags.ts";
import { type CustomDomain, QueueDomain } from "./queueDomain.ts";
import { apiAccess } from "./tableAccess.ts";
import { type FunctionSettings, TenantFunction } from "./tenantFunction.ts";
import type { TenantKey } from "./tenantKey.ts";

export interface QueueApiProps extends FunctionSettings {
  /** Seals the secrets of the access keys. The function gets the right to open them. */
  readonly key: TenantKey;

  /**
   * A name of yours for the URL.
   *
   * @default - the name that Lambda gives
   */
  readonly domain?: CustomDomain | undefined;

  /**
   * How many requests are answered at once, long polls included. It is taken from what the account
   * has, and more are told to try again.
   *
   * @default - what the account has left
   */
  readonly reservedConcurrency?: number | undefined;
}

/** The longest poll takes 20 seconds. */
const timeout = Duration.seconds(30);

/**
 * The function that answers every request, and its URL. Lambda lets everybody through to the function,
 * since SQS clients sign for a service that IAM at a function URL does not know; the function itself
 * answers nobody whose request is not signed with one of the tenant's access keys. Where there are no
 * keys there is no entry.
 */
export class QueueApi extends Construct {
  readonly function: LambdaFunction;
  /** Where the tenant is reached. */
  readonly endpoint: string;
  /** The URL that Lambda gives, which answers beside a domain, too. */
  readonly functionUrl: string;
  /** Of a custom domain: the name that the domain's record in DNS must point to. */
  readonly domainTarget: string | undefined;
  readonly timeout = timeout;
  readonly reservedConcurrency: number | undefined;

  constructor(scope: Construct, id: string, { key, domain, ...props }: QueueApiProps) {
    super(scope, id);
    const api = new TenantFunction(this, "Api", {
      ...props,
      name: "api",
      access: apiAccess,
      description: `Answers the SQS clients of the tenant ${props.tenantName}`,
      memorySize: 1024,
      timeout,
      environment: {
        [variableOf("kms-key")]: key.key.keyArn,
        ...(domain !== undefined && { [variableOf("public-url")]: `https://${domain.domainName}` }),
      },
    });
    this.reservedConcurrency = props.reservedConcurrency;
    key.grantOpenSecrets(api);
    this.function = api.function;
    const url = api.function.addFunctionUrl({
      authType: FunctionUrlAuthType.NONE,
      invokeMode: InvokeMode.BUFFERED,
    });
    this.functionUrl = url.url;
    if (domain === undefined) {
      this.endpoint = url.url;
    } else {
      this.endpoint = `https://${domain.domainName}`;
      this.domainTarget = new QueueDomain(this, "Domain", { ...domain, url }).target;
    }
  }
}
