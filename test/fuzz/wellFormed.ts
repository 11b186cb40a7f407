import { validateHeaderValue } from "node:http";
import type { Document } from "@xmldom/xmldom";
import type { HttpResponse } from "#protocol/http.ts";
import { xmlParser } from "../unit/protocol/xmlParser.ts";
import { injectedElement } from "./texts.ts";

/** No answer to what was refused is longer: it quotes so much of it, six characters for one at most. */
const refusalBytesMax = 100_000;

/** What is wrong with an answer, if anything: a status of a fault, or a form that no client reads. */
export function problemOf({ status, headers, body }: HttpResponse): string | undefined {
  if (status >= 500) return `expected no fault, got ${status}`;
  if (status < 200 || status === 204) return body.length === 0 ? undefined : "204 with a body";
  for (const [name, value] of Object.entries(headers)) validateHeaderValue(name, value);
  const text = typeof body === "string" ? body : Buffer.from(body).toString();
  if (status >= 400 && Buffer.byteLength(text) > refusalBytesMax) {
    return `expected a short refusal, got ${Buffer.byteLength(text)} bytes`;
  }
  const type = headers["Content-Type"] ?? "";
  switch (type) {
    case "application/x-amz-json-1.0":
      return problemOfJson(text, status, ["__type", "message"]);
    case "application/json":
      return problemOfJson(text, status, []);
    case "application/problem+json":
      return problemOfJson(text, status, ["type", "title", "detail", "code", "requestId"]);
    case "text/xml":
      return problemOfXml(text);
    default:
      return `expected a type that we write, got ${type}`;
  }
}

function problemOfJson(text: string, status: number, members: readonly string[]) {
  // Actions without an output answer with nothing at all.
  if (text === "" && status === 200) return undefined;
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "no JSON object";
  if (status < 400) return undefined;
  const given = new Map<string, unknown>(Object.entries(value));
  const lacking = members.filter((name) => typeof given.get(name) !== "string");
  return lacking.length === 0 ? undefined : `a refusal without ${lacking.join(", ")}`;
}

const elementNode = 1;
const textNode = 3;

function problemOfXml(text: string): string | undefined {
  const document: Document = xmlParser.parseFromString(text, "text/xml");
  const waiting = [...(document.documentElement ? [document.documentElement] : [])];
  for (let element = waiting.pop(); element !== undefined; element = waiting.pop()) {
    if (element.nodeName === injectedElement) return "an element that a caller wrote";
    for (const child of element.childNodes) {
      if (child.nodeType === elementNode) waiting.push(child as typeof element);
      else if (child.nodeType !== textNode) return `a node of type ${child.nodeType}`;
    }
  }
  return undefined;
}

const prototypes = [Object, Array, Function, Map, String].map(({ prototype }) => ({
  prototype,
  names: Reflect.ownKeys(prototype).length,
}));

/** Whether something was written to what all objects inherit from. */
export function isPolluted(): boolean {
  return prototypes.some(({ prototype, names }) => Reflect.ownKeys(prototype).length !== names);
}
