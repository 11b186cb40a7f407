import { connect, type Socket } from "node:net";

/**
 * A process that floods a server from an address of its own: `node bench/floodSource.ts KIND PORT`. It goes on
 * until its parent hangs up, and tells it what came back when asked.
 */

/** What it asks for, on so many connections. Each connection begins anew when it is closed. */
interface Source {
  readonly connections: number;
  readonly open: (socket: Socket) => void;
}

const address = "127.0.0.2";
const again = 20;
const counts = { answered: 0, refused: 0, closed: 0 };

function call(action: string, input: object): string {
  const body = JSON.stringify(input);
  return (
    `POST / HTTP/1.1\r\nHost: localhost\r\nX-Amz-Target: AmazonSQS.${action}\r\n` +
    "Content-Type: application/x-amz-json-1.0\r\n" +
    `Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

const QueueUrl = "http://localhost/000000000000/flooded";
const send = call("SendMessage", { QueueUrl, MessageBody: "x".repeat(300) });
const poll = call("ReceiveMessage", {
  QueueUrl: "http://localhost/000000000000/polled",
  WaitTimeSeconds: 20,
});
const megabyte = Buffer.alloc(1024 * 1024, "x");
const pieces = "1\r\nx\r\n".repeat(10_000);

function asking(text: string): (socket: Socket) => void {
  return (socket) => {
    socket.on("data", () => socket.write(text));
    socket.write(text);
  };
}

/** Writes for as long as it is let to. */
function pouring(start: string, text: string): (socket: Socket) => void {
  return (socket) => {
    socket.write(start);
    const pour = () => {
      while (!socket.destroyed && socket.write(text));
    };
    socket.on("drain", pour);
    pour();
  };
}

const chunked = "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";

const sources: Readonly<Record<string, Source>> = {
  requests: { connections: 500, open: asking(send) },
  polls: { connections: 4000, open: asking(poll) },
  "half requests": {
    connections: 4000,
    open: (socket) => socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nX-Slow: "),
  },
  "stalled uploads": {
    connections: 60,
    open: (socket) => {
      socket.write(
        `POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${7 * 1024 * 1024}\r\n\r\n`,
      );
      for (let sent = 0; sent < 6; sent += 1) socket.write(megabyte);
    },
  },
  "bodies in bytes": { connections: 20, open: pouring(chunked, pieces) },
  // Answers are not read, so that they pile up.
  pipelining: {
    connections: 20,
    open: (socket) => {
      pouring("", send.repeat(1000))(socket);
      socket.pause();
    },
  },
};

const [kind = "", port = ""] = process.argv.slice(2);
const source = sources[kind];
if (source === undefined) throw new Error(`expected one of ${Object.keys(sources)}, got ${kind}`);

function open({ open: begin }: Source): void {
  const socket = connect({ port: Number(port), host: "127.0.0.1", localAddress: address });
  socket.on("data", (bytes) => {
    const isAnswered = bytes.toString("latin1", 0, 12) === "HTTP/1.1 200";
    if (isAnswered) counts.answered += 1;
    else counts.refused += 1;
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    counts.closed += 1;
    setTimeout(() => source && open(source), again);
  });
  begin(socket);
}

for (let opened = 0; opened < source.connections; opened += 1) open(source);
process.on("message", () => process.send?.(counts));
process.on("disconnect", () => process.exit());
