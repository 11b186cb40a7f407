import { SqsError } from "#contract/errors.ts";

/** The name and the text of the `SqsError` that a call throws, for tables that list both. */
export function refusalOf(
  call: () => unknown,
): readonly [error: string, message: string] | undefined {
  try {
    call();
  } catch (error) {
    if (error instanceof SqsError) return [error.error, error.message];
    throw error;
  }
  return undefined;
}
