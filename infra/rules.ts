/** Something that must be so, and what to say where it is not. */
export interface Rule<Given> {
  readonly broken: (given: Given) => boolean;
  readonly says: (given: Given) => string;
}

/** Every broken rule at once: nobody should have to fix one to learn of the next. */
export function brokenRules<Given>(rules: readonly Rule<Given>[], given: Given): readonly string[] {
  return rules.filter((rule) => rule.broken(given)).map((rule) => rule.says(given));
}
