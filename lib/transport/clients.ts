import type { Part } from "./sharedRoom.ts";

/** What one client has of each room, over all of its connections. */
export interface Client {
  readonly name: string;
  readonly connections: Part;
  readonly requests: Part;
  readonly bodyBytes: Part;
}

/** Who is connected. Holds no more than there are connections. */
export class Clients {
  readonly #byName = new Map<string, Client>();

  /** The client at an address, as a socket names it. */
  at(address: string | undefined): Client {
    const name = clientName(address ?? "");
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const [connections, requests, bodyBytes] = [{ taken: 0 }, { taken: 0 }, { taken: 0 }];
    const client: Client = { name, connections, requests, bodyBytes };
    this.#byName.set(name, client);
    return client;
  }

  /** To be called when one of its connections is closed: whoever has none is forgotten. */
  left(client: Client): void {
    if (client.connections.taken === 0) this.#byName.delete(client.name);
  }

  get count(): number {
    return this.#byName.size;
  }
}

/**
 * Of an IPv6 address the first half, its network: whoever has one has all 2^64 addresses in it. One that
 * stands for an IPv4 address is that address.
 */
export function clientName(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(":")) return address;
  const [head = "", tail] = (address.split("%")[0] ?? "").split("::");
  const first = groupsOf(head);
  const last = tail === undefined ? [] : groupsOf(tail);
  const zeros = Array.from({ length: Math.max(0, 8 - first.length - last.length) }, () => "0");
  return `${[...first, ...zeros, ...last].slice(0, 4).join(":")}::`;
}

function groupsOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(":");
}
