/** Whether none of these has to be waited for, so that a promise for all of them would be in vain. */
export function areAtHand<T>(
  values: readonly T[],
): values is readonly Exclude<T, Promise<unknown>>[] {
  return !values.some((value) => value instanceof Promise);
}
