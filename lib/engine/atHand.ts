/** Whether none of these has to be waited for, so that a promise for all of them would be in vain. */
export function areAtHand<T extends object>(
  values: readonly (T | Promise<T>)[],
): values is readonly T[] {
  return !values.some((value) => value instanceof Promise);
}
