import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { type Client, Clients } from "./clients.ts";
import { greed, type LoadLimits } from "./load.ts";
import { SharedRoom } from "./sharedRoom.ts";

/** One connection, and what is on it. */
export interface Connection {
  readonly client: Client;
  /** That are not answered yet. */
  requests: number;
}

/** What is taken on, and of whom: connections, requests and bytes of bodies are rooms that clients share. */
export class Admission {
  readonly requests: SharedRoom;
  readonly bodyBytes: SharedRoom;
  readonly #connections: SharedRoom;
  readonly #clients = new Clients();
  /** Once a connection is closed, it does not know any more whose it was. */
  readonly #bySocket = new WeakMap<Socket, Connection>();

  constructor(limits: LoadLimits) {
    const { connectionsMax, requestsMax, clientRequestsMax } = limits;
    const { bodyBytesMax, clientBodyBytesMax } = limits;
    this.#connections = new SharedRoom(connectionsMax, greed.connections);
    this.requests = new SharedRoom(requestsMax, greed.requests, clientRequestsMax);
    this.bodyBytes = new SharedRoom(bodyBytesMax, greed.bodyBytes, clientBodyBytesMax);
  }

  /** Takes a new connection on, or closes it. */
  meet(socket: Socket): void {
    const client = this.#clients.at(socket.remoteAddress);
    this.#bySocket.set(socket, { client, requests: 0 });
    // One for each request that is pipelined, which are few.
    socket.setMaxListeners(0);
    if (!this.#connections.hasFor(client.connections, 1)) {
      socket.destroy();
      this.#clients.left(client);
      return;
    }
    this.#connections.take(client.connections, 1);
    socket.once("close", () => {
      this.#connections.giveBack(client.connections, 1);
      this.#clients.left(client);
    });
  }

  connectionOf(socket: Socket): Connection {
    const connection = this.#bySocket.get(socket);
    assert(connection !== undefined, "a connection is met before its requests");
    return connection;
  }

  /** Whether no further request can be taken on, or none of that client. */
  isFullFor({ client }: Connection): boolean {
    return !this.requests.hasFor(client.requests, 1);
  }
}
