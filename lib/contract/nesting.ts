/** Deeper than any policy or body that means something, and far from the end of the stack. */
const levelsMax = 64;

/**
 * Whether a parsed JSON value is nested deeper than 64 lists and objects. The parser itself takes any
 * depth, but what then walks a value by calling itself runs out of stack. Goes level by level.
 */
export function isNestedTooDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let levels = 0; levels <= levelsMax; levels += 1) {
    level = level.flatMap(childrenOf);
    if (level.length === 0) return false;
  }
  return true;
}

function childrenOf(value: unknown): readonly unknown[] {
  return typeof value === "object" && value !== null ? Object.values(value) : [];
}
