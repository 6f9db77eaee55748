/** A wire between a store and its server, which tests listen to, slow down and cut. It has no tests of its own. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** The wire. */
export interface Between extends AsyncDisposable {
  readonly url: string;
  /** The names of all commands that went through, in order; of programs, the digest too. */
  readonly commands: string[];
  /** How long replies are held back. */
  delayMs: number;
  /** No further connection is let through. */
  refuses: boolean;
  /** What is sent waits until it is released. */
  holds: boolean;
  /** The next program goes through, and then it holds. */
  holdsNext: boolean;
  release(): void;
  /** Ends all connections, on both sides. */
  cut(): void;
  /** Ends them for the store alone: what it has sent may still arrive. */
  drop(): void;
}

/** Opens a wire to a port of the loopback. */
export async function between(port: number): Promise<Between> {
  const clients = new Set<Socket>();
  const upstreams = new Set<Socket>();
  const held: (() => void)[] = [];
  const wire: Omit<Between, 'url'> = {
    commands: [],
    delayMs: 0,
    refuses: false,
    holds: false,
    holdsNext: false,
    release: () => {
      for (const send of held.splice(0)) send();
    },
    cut: () => {
      for (const socket of [...clients, ...upstreams]) socket.destroy();
    },
    drop: () => {
      for (const socket of clients) socket.destroy();
    },
    [Symbol.asyncDispose]: async () => {
      wire.refuses = true;
      wire.cut();
      server.close();
    },
  };
  const server = createServer((client) => {
    if (wire.refuses) return void client.resetAndDestroy();
    const upstream = connect(port, '127.0.0.1');
    const names = commandNames((name) => {
      wire.commands.push(name);
      wire.holds ||= wire.holdsNext && name.startsWith('EVALSHA');
    });
    clients.add(client);
    upstreams.add(upstream);
    client.on('error', () => {}).on('close', () => clients.delete(client));
    upstream.on('error', () => {}).on('close', () => client.destroy() && upstreams.delete(upstream));
    client.on('data', (chunk) => {
      const send = (): void => {
        names(chunk);
        upstream.write(chunk);
      };
      if (wire.holds) held.push(send);
      else send();
    });
    upstream.on('data', (chunk) => {
      if (wire.delayMs === 0) client.write(chunk);
      else setTimeout(() => client.write(chunk), wire.delayMs);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(wire, { url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}` });
}

/** Reads requests of the protocol: `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`. */
function commandNames(told: (name: string) => void): (chunk: Buffer) => void {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const words = wordsOf(rest);
      if (words === undefined) return;
      rest = rest.subarray(words.length);
      const [name = '', second = ''] = words.texts;
      told(name === 'EVALSHA' ? `${name} ${second}` : name);
    }
  };
}

/** One whole request and how many bytes it took, or nothing yet. */
function wordsOf(bytes: Buffer): { readonly texts: readonly string[]; readonly length: number } | undefined {
  const line = (at: number): [number, number] | undefined => {
    const end = bytes.indexOf('\r\n', at);
    return end < 0 ? undefined : [Number(bytes.toString('latin1', at + 1, end)), end + 2];
  };
  const head = line(0);
  if (head === undefined) return undefined;
  let [count, at] = head;
  const texts: string[] = [];
  for (; count > 0; count -= 1) {
    const size = line(at);
    if (size === undefined || size[1] + size[0] + 2 > bytes.length) return undefined;
    texts.push(bytes.toString('latin1', size[1], size[1] + Math.min(size[0], 100)));
    at = size[1] + size[0] + 2;
  }
  return { texts, length: at };
}
