import { operations } from "#contract/operations.ts";
import type { Shape, StructureShape } from "#contract/shape.ts";
import type { HttpResponse } from "../http.ts";
import { restName } from "./memberNames.ts";
import { hasBody, type Route, routes } from "./routes.ts";

/** Where the document is served, to anybody. */
export const openApiPath = "/v1/openapi.json";

const problemType = "application/problem+json";
const jsonType = "application/json";

let served: string | undefined;

/** The answer to a request for the document, which is made once. */
export function openApiAnswer(): HttpResponse {
  served ??= JSON.stringify(openApiDocument());
  return { status: 200, headers: { "Content-Type": jsonType }, body: served };
}

/** The REST API as an OpenAPI 3.1 document, made from the very routes and shapes that serve it. */
function openApiDocument(): object {
  const paths = Object.fromEntries(
    [...Map.groupBy(routes, ({ path }) => path)].map(([path, members]) => [
      path,
      Object.fromEntries(members.map((route) => [route.method.toLowerCase(), operationOf(route)])),
    ]),
  );
  return {
    openapi: "3.1.0",
    info: {
      title: "Millrace",
      version: "1",
      summary: "Message queues over plain HTTP and JSON, with the semantics of Amazon SQS.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: "/" }],
    security: [{ accessKey: [] }, {}],
    paths,
    components: {
      securitySchemes: {
        accessKey: {
          type: "http",
          scheme: "bearer",
          description: "An access key: its id, a full stop, its secret.",
        },
      },
      schemas: { Problem: problemSchema },
    },
  };
}

const problemSchema = {
  type: "object",
  description: "Problem details (RFC 9457).",
  required: ["type", "title", "status", "detail", "code", "requestId"],
  properties: {
    type: { type: "string", format: "uri" },
    title: { type: "string" },
    status: { type: "integer" },
    detail: { type: "string" },
    code: { type: "string", description: "The code that SQS has for this error." },
    requestId: { type: "string" },
  },
};

function operationOf(route: Route): object {
  const { action, says, status } = route;
  const { input, output } = operations[action];
  return {
    operationId: restName(action),
    summary: says,
    ...(parametersOf(route, input).length > 0 && { parameters: parametersOf(route, input) }),
    ...(hasBody(route) && {
      requestBody: { content: { [jsonType]: { schema: bodySchema(route, input) } } },
    }),
    responses: {
      [status]: {
        description: status === 204 ? "Done" : "The answer",
        ...(status !== 204 && { content: { [jsonType]: { schema: schemaOf(output) } } }),
      },
      default: {
        description: "What went wrong",
        content: { [problemType]: { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

function parametersOf({ path, query = [] }: Route, input: StructureShape): readonly object[] {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const inQuery = query.map((member) => ({
    name: restName(member),
    in: "query",
    schema: schemaOf(input.members[member] ?? { kind: "string" }),
  }));
  return [...inPath, ...inQuery];
}

/** All members that are not in the path. */
function bodySchema({ parameters }: Route, input: StructureShape): object {
  const elsewhere = new Set(Object.values(parameters));
  const members = Object.entries(input.members).filter(([name]) => !elsewhere.has(name));
  return schemaOf({ kind: "structure", members: Object.fromEntries(members) });
}

function schemaOf(shape: Shape): object {
  switch (shape.kind) {
    case "string":
    case "integer":
    case "boolean":
      return { type: shape.kind };
    case "blob":
      return { type: "string", contentEncoding: "base64" };
    case "list":
      return { type: "array", items: schemaOf(shape.of) };
    case "map":
      return { type: "object", additionalProperties: schemaOf(shape.of) };
    case "structure": {
      const properties = Object.entries(shape.members).map(([name, of]) => [
        restName(name),
        schemaOf(of),
      ]);
      return { type: "object", properties: Object.fromEntries(properties) };
    }
  }
}
