import { describe, expect, it } from "vitest";
import { Clients, clientName } from "#transport/clients.ts";

describe("clientName", () => {
  it.each([
    ["192.0.2.7", "192.0.2.7"],
    ["::ffff:192.0.2.7", "192.0.2.7"],
    ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"],
    ["2001:db8:1:2::6", "2001:db8:1:2::"],
    ["2001:db8::6", "2001:db8:0:0::"],
    ["::1", "0:0:0:0::"],
    ["fe80::1%eth0", "fe80:0:0:0::"],
    ["", ""],
  ])("of %s is %s", (address, name) => {
    expect(clientName(address)).toBe(name);
  });
});

describe("Clients", () => {
  it("knows a client by its network, and forgets it with its last connection", () => {
    const clients = new Clients();
    const client = clients.at("2001:db8:1:2::1");
    client.connections.taken = 2;

    expect(clients.at("2001:db8:1:2::2")).toBe(client);
    expect(clients.at("2001:db8:1:3::1")).not.toBe(client);
    client.connections.taken = 1;
    clients.left(client);
    expect(clients.at("2001:db8:1:2::3")).toBe(client);
    client.connections.taken = 0;
    clients.left(client);

    expect(clients.count).toBe(1);
    expect(clients.at("2001:db8:1:2::1")).not.toBe(client);
  });
});
