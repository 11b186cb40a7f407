import { originOf } from "#service/origin.ts";
import type { Properties } from "./properties.ts";

/**
 * Where the tenant is reached. It is among the properties of what is declared, so that a stack whose
 * tenant moves to another domain is told to change what says so. Throws if it is no URL.
 */
export function endpointIn(properties: Properties): string {
  const given = properties.text("Endpoint");
  const endpoint = originOf(given);
  if (endpoint === undefined) {
    throw new Error(`expected Endpoint to be an http or https URL, got ${given}`);
  }
  return endpoint;
}
