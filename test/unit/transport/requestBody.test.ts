import { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import { setImmediate as nextTurn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { overloaded } from "#transport/load.ts";
import { readBody, refuseEarly } from "#transport/requestBody.ts";
import { stillHeld } from "../../support/stillHeld.ts";

function aBody() {
  const request = new IncomingMessage(new Socket());
  const told = { held: 0, noRoom: 0, tooLarge: 0, body: undefined as Uint8Array | undefined };
  const stop = readBody(request, {
    bytesMax: 10_000,
    hold: (bytes) => {
      told.held += bytes;
      return true;
    },
    onNoRoom: () => {
      told.noRoom += 1;
    },
    onTooLarge: () => {
      told.tooLarge += 1;
    },
    onBody: (body) => {
      told.body = body;
    },
  });
  return { request, told, stop };
}

describe("readBody", () => {
  it("keeps none of the pieces that a body comes in", async () => {
    const { request, told } = aBody();
    const pieces: WeakRef<object>[] = [];

    for (let sent = 0; sent < 1000; sent += 1) {
      const piece = Buffer.alloc(1, 65 + (sent % 26));
      pieces.push(new WeakRef(piece.buffer));
      request.push(piece);
    }
    await nextTurn();

    expect(told.held).toBe(1000);
    expect(await stillHeld(pieces)).toBeLessThan(10);
    request.push(null);
    await nextTurn();
    expect(Buffer.from(told.body ?? []).toString()).toMatch(/^ABC.{994}JKL$/);
  });

  it("lets go of what has come, and tells nothing more, once it is stopped", async () => {
    const { request, told, stop } = aBody();
    let piece: Buffer | undefined = Buffer.alloc(9000);
    const pieces = [new WeakRef(piece.buffer)];
    request.push(piece);
    piece = undefined;
    await nextTurn();

    stop();
    request.push(Buffer.alloc(9000));
    request.push(null);
    await nextTurn();

    expect(told).toEqual({ held: 9000, noRoom: 0, tooLarge: 0, body: undefined });
    expect(await stillHeld(pieces)).toBe(0);
  });
});

describe("a body in far too many pieces", () => {
  const send = async (request: IncomingMessage, pieces: number, bytes: number) => {
    for (let sent = 0; sent < pieces; sent += 1) request.push(Buffer.alloc(bytes));
    await nextTurn();
  };

  it.each([
    [1000, 1, false],
    [1002, 1, true],
    [2100, 1000, false],
  ])("ends its connection: %i of %i bytes each: %s", async (pieces, bytes, isCutOff) => {
    const request = new IncomingMessage(new Socket());
    request.on("error", () => {});
    const told: string[] = [];
    readBody(request, {
      bytesMax: 10_000_000,
      hold: () => true,
      onNoRoom: () => told.push("no room"),
      onTooLarge: () => told.push("too large"),
      onBody: () => told.push("body"),
    });

    await send(request, pieces, bytes);

    expect(request.destroyed).toBe(isCutOff);
    expect(told).toEqual([]);
  });

  it("ends it though it is refused already", async () => {
    const request = new IncomingMessage(new Socket());
    request.on("error", () => {});
    refuseEarly(request, new ServerResponse(request), overloaded);

    await send(request, 1000, 1);
    expect(request.destroyed).toBe(false);
    await send(request, 2, 1);
    expect(request.destroyed).toBe(true);
  });
});
