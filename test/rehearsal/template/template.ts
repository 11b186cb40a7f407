/** The parts of a CloudFormation template that the rehearsal reads. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Parameters?: Readonly<Record<string, { readonly Default?: unknown }>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Mappings?: Readonly<Record<string, Readonly<Record<string, Fields>>>>;
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Fields;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
}

/** An object of which nothing is known yet. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of an object; throws if it is none. */
export function fieldsOf(value: unknown, what = "a value"): Fields {
  if (!isFields(value)) throw new Error(`expected ${what} to be an object, got ${typeof value}`);
  return value;
}

/** The members of a list; none if there is no list. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** A text; throws if it is none. */
export function textOf(value: unknown, what = "a value"): string {
  if (typeof value !== "string") {
    throw new Error(`expected ${what} to be text, got ${JSON.stringify(value)}`);
  }
  return value;
}

/** Whether something is an object and no list. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
