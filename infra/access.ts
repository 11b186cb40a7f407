import { Lazy } from "aws-cdk-lib";
import type { Grant, IGrantable } from "aws-cdk-lib/aws-iam";
import { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { AccessKey } from "./accessKey.ts";
import type { Tenant } from "./tenant.ts";

export interface GrantOptions {
  /**
   * What the variables of a Lambda function begin with: `ORDERS` gives `ORDERS_QUEUE_URL` and
   * `ORDERS_QUEUE_SECRET_ARN`.
   *
   * @default - the id of the queue's construct, or MILLRACE for the whole tenant
   */
  readonly variablePrefix?: string | undefined;
}

interface AccessOptions {
  readonly tenant: Tenant;
  /** Patterns of the names of the queues that are reached. */
  readonly queues: readonly string[];
  /** What a Lambda function is told of beside the secret. */
  readonly variables: (prefix: string, secretArn: string) => Readonly<Record<string, string>>;
  readonly prefix: string;
}

interface Granted {
  readonly key: AccessKey;
  readonly actions: Set<string>;
}

/**
 * The grants on one queue, or on a whole tenant. Each grantee has one access key here, which may do all
 * that was granted to it.
 */
export class Access {
  readonly #scope: Construct;
  readonly #options: AccessOptions;
  readonly #granted = new Map<Construct, Granted>();

  constructor(scope: Construct, options: AccessOptions) {
    this.#scope = scope;
    this.#options = options;
  }

  /** Lets somebody do these actions. The grantee is a construct: a role, a function, a task. */
  grant(grantee: IGrantable, actions: readonly string[], options: GrantOptions = {}): Grant {
    const holder = constructOf(grantee);
    const { key, actions: held } = this.#granted.get(holder) ?? this.#newKey(holder);
    for (const action of actions) held.add(action);
    if (grantee instanceof LambdaFunction) {
      const { prefix, variables } = this.#options;
      const told = variables(options.variablePrefix ?? screaming(prefix), key.secret.secretArn);
      for (const [name, value] of Object.entries(told)) tell(grantee, name, value, this.#scope);
    }
    return key.grantRead(grantee);
  }

  #newKey(holder: Construct): Granted {
    const { tenant, queues } = this.#options;
    const actions = new Set<string>();
    // Of the path, so that a key stays the grantee's when other grants come and go.
    const id = `${holder.node.id}Access${holder.node.addr.slice(-8)}`;
    const key = new AccessKey(this.#scope, id, {
      tenant,
      queues,
      actions: Lazy.list({ produce: () => held(actions) }),
      description: `for ${holder.node.path}`,
    });
    // Whoever starts finds the key in the secret.
    holder.node.addDependency(key);
    const granted = { key, actions };
    this.#granted.set(holder, granted);
    return granted;
  }
}

/** Who set which variable of a function. */
const told = new WeakMap<LambdaFunction, Map<string, Construct>>();

/** Sets a variable, unless it says something else already. */
function tell(worker: LambdaFunction, name: string, value: string, by: Construct): void {
  const known = told.get(worker) ?? new Map<string, Construct>();
  const other = known.get(name);
  if (other !== undefined && other !== by) {
    throw new Error(
      `expected a variablePrefix for the grant on ${by.node.path}: ${name} of ${worker.node.path} is set by ${other.node.path}`,
    );
  }
  told.set(worker, known.set(name, by));
  worker.addEnvironment(name, value);
}

/** `OrdersToShip` is `ORDERS_TO_SHIP`; a final Queue is left out, since it is said anyway. */
function screaming(id: string): string {
  const words = id.replace(/(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+/g, "_").toUpperCase();
  return words.replace(/_?QUEUE$/, "") || "MILLRACE";
}

/** Everything includes the rest. */
function held(actions: ReadonlySet<string>): string[] {
  return actions.has("*") ? ["*"] : [...actions].sort();
}

function constructOf(grantee: IGrantable): Construct {
  for (const each of [grantee, grantee.grantPrincipal]) {
    if (Construct.isConstruct(each)) return each;
  }
  throw new Error(
    `expected the grantee to be a construct, such as a role or a function, got ${grantee.grantPrincipal}`,
  );
}
