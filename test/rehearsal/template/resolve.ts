import { type Fields, fieldsOf, isFields, listOf, type Template, textOf } from "./template.ts";

/** What CloudFormation knows of a resource once it is there. */
export interface Deployed {
  /** What `Ref` gives. */
  readonly ref: string;
  /** What `Fn::GetAtt` gives, by attribute. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface ResolverOptions {
  readonly template: Template;
  /** As `AWS::Region`. */
  readonly pseudoParameters: Readonly<Record<string, string>>;
  /** The resources that are there so far, by logical id. */
  readonly deployed: ReadonlyMap<string, Deployed>;
}

/** What `AWS::NoValue` leaves: a property that is not there. */
const noValue = Symbol("AWS::NoValue");

/** Puts values in the place of a template's references and functions. */
export class Resolver {
  readonly #options: ResolverOptions;

  constructor(options: ResolverOptions) {
    this.#options = options;
  }

  /** The value that a part of the template stands for. Throws if it names what is not there. */
  resolve(value: unknown): unknown {
    const resolved = this.#value(value);
    return resolved === noValue ? undefined : resolved;
  }

  /** Whether a condition of the template holds. */
  holds(name: string): boolean {
    const condition = this.#options.template.Conditions?.[name];
    if (condition === undefined) throw new Error(`expected the condition ${name}, found none`);
    return this.#value(condition) === true;
  }

  #value(value: unknown): unknown {
    if (Array.isArray(value)) {
      return value.map((each) => this.#value(each)).filter((each) => each !== noValue);
    }
    if (!isFields(value)) return value;
    const [only, ...others] = Object.entries(value);
    if (only !== undefined && others.length === 0 && isFunctionName(only[0])) {
      return this.#call(only[0], only[1]);
    }
    const resolved = Object.entries(value).map(([name, each]) => [name, this.#value(each)]);
    return Object.fromEntries(resolved.filter(([, each]) => each !== noValue));
  }

  #call(name: FunctionName, given: unknown): unknown {
    switch (name) {
      case "Ref":
        return this.#ref(textOf(given, "Ref"));
      case "Condition":
        return this.holds(textOf(given, "Condition"));
      case "Fn::GetAtt":
        return this.#attribute(typeof given === "string" ? given.split(".") : listOf(given));
      case "Fn::Sub":
        return this.#substitute(given);
      case "Fn::Base64":
        return Buffer.from(this.#text(given)).toString("base64");
      case "Fn::Join": {
        const [separator, parts] = this.#list(given);
        return listOf(parts).map(String).join(textOf(separator, "the separator of Fn::Join"));
      }
      case "Fn::Split": {
        const [separator, text] = this.#list(given);
        return textOf(text, "the text of Fn::Split").split(textOf(separator));
      }
      case "Fn::Select": {
        const [place, among] = this.#list(given);
        return listOf(among)[Number(place)];
      }
      case "Fn::If": {
        const [condition, yes, no] = listOf(given);
        return this.#value(this.holds(textOf(condition)) ? yes : no);
      }
      case "Fn::FindInMap":
        return this.#mapped(this.#list(given).map(String));
      case "Fn::Equals": {
        const [one, other] = this.#list(given);
        return one === other;
      }
      case "Fn::Not":
        return this.#list(given)[0] !== true;
      case "Fn::And":
        return this.#list(given).every((each) => each === true);
      case "Fn::Or":
        return this.#list(given).some((each) => each === true);
    }
  }

  #ref(name: string): unknown {
    if (name === "AWS::NoValue") return noValue;
    const { pseudoParameters, deployed, template } = this.#options;
    const value =
      pseudoParameters[name] ?? deployed.get(name)?.ref ?? template.Parameters?.[name]?.Default;
    if (value === undefined) throw new Error(`expected ${name} to be there, found nothing`);
    return value;
  }

  #attribute(path: readonly unknown[]): string {
    const [id = "", ...rest] = path.map(String);
    const attribute = rest.join(".");
    const value = this.#options.deployed.get(id)?.attributes[attribute];
    if (value === undefined) {
      throw new Error(`expected ${id} to have the attribute ${attribute}, found none`);
    }
    return value;
  }

  #substitute(given: unknown): string {
    const [text, variables] = Array.isArray(given) ? given : [given, {}];
    const own = fieldsOf(variables);
    return textOf(text, "Fn::Sub").replace(/\$\{([^}]*)\}/g, (_whole, name: string) => {
      if (name.startsWith("!")) return `\${${name.slice(1)}}`;
      if (Object.hasOwn(own, name)) return this.#text(own[name]);
      return name.includes(".") ? this.#attribute(name.split(".")) : String(this.#ref(name));
    });
  }

  #mapped([map = "", first = "", second = ""]: readonly string[]): unknown {
    const value = this.#options.template.Mappings?.[map]?.[first]?.[second];
    if (value === undefined) {
      throw new Error(`expected ${map} to have ${first}, ${second}, found none`);
    }
    return value;
  }

  #list(given: unknown): readonly unknown[] {
    return listOf(this.#value(given));
  }

  #text(given: unknown): string {
    return textOf(this.#value(given));
  }
}

const functionNames = [
  "Ref",
  "Condition",
  "Fn::GetAtt",
  "Fn::Sub",
  "Fn::Base64",
  "Fn::Join",
  "Fn::Split",
  "Fn::Select",
  "Fn::If",
  "Fn::FindInMap",
  "Fn::Equals",
  "Fn::Not",
  "Fn::And",
  "Fn::Or",
] as const;

type FunctionName = (typeof functionNames)[number];

/** Throws for a function that is none of these.  */
function isFunctionName(name: string): name is FunctionName {
  if (name.startsWith("Fn::") && !functionNames.some((known) => known === name)) {
    throw new Error(`expected a function that the rehearsal knows, got ${name}`);
  }
  return functionNames.some((known) => known === name);
}

/** The logical ids in the order in which they can be deployed. Throws if they wait for each other. */
export function deploymentOrder({ Resources }: Template): readonly string[] {
  const order: string[] = [];
  const waiting = new Map(
    Object.entries(Resources).map(([id, resource]) => {
      const named = new Set([...namesIn(resource.Properties), ...listed(resource.DependsOn)]);
      return [id, [...named].filter((name) => name !== id && Object.hasOwn(Resources, name))];
    }),
  );
  while (waiting.size > 0) {
    const next = [...waiting].filter(([, needs]) => needs.every((name) => !waiting.has(name)));
    if (next.length === 0) {
      throw new Error(`expected no circle among ${[...waiting.keys()].join(", ")}`);
    }
    for (const [id] of next) {
      waiting.delete(id);
      order.push(id);
    }
  }
  return order;
}

function listed(value: string | readonly string[] | undefined): readonly string[] {
  return typeof value === "string" ? [value] : (value ?? []);
}

/** Every name that a part of a template refers to. */
function namesIn(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(namesIn);
  if (!isFields(value)) return [];
  return Object.entries(value).flatMap(([key, each]) => [...namesAt(key, each), ...namesIn(each)]);
}

function namesAt(key: string, value: unknown): readonly string[] {
  if (key === "Ref" && typeof value === "string") return [value];
  if (key === "Fn::GetAtt") {
    return [typeof value === "string" ? (value.split(".")[0] ?? "") : String(listOf(value)[0])];
  }
  if (key !== "Fn::Sub") return [];
  const text = Array.isArray(value) ? value[0] : value;
  return [...String(text).matchAll(/\$\{([^}.!]+)/g)].map(([, name = ""]) => name);
}

/** Turns every value into text, as CloudFormation does on the way to a custom resource. */
export function asText(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asText);
  if (isFields(value)) return mapValues(value, asText);
  return value === undefined || value === null ? undefined : String(value);
}

function mapValues(fields: Fields, map: (value: unknown) => unknown): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, each]) => [name, map(each)]));
}
