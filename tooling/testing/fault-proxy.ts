import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate, setTimeout } from 'node:timers/promises';

/** Which way bytes go: from the client to the server, or back. */
export type Direction = 'requests' | 'replies';

/** What happens to the bytes of one direction, until told otherwise. */
export type Fault =
  | { readonly kind: 'none' }
  /** Each piece comes so many milliseconds later; their order is kept. */
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** They come in pieces of so many bytes. */
  | { readonly kind: 'slice'; readonly bytes: number }
  /** They are taken and go nowhere; the connection stays open. */
  | { readonly kind: 'swallow' }
  /** So many more bytes arrive, then the connection ends: the receiver sees its end, the sender a reset. */
  | { readonly kind: 'cut'; readonly afterBytes: number };

const none: Fault = Object.freeze({ kind: 'none' });

/** The two ends of one direction of one connection. */
interface Ends {
  readonly from: Socket;
  readonly to: Socket;
}

const write = ({ to }: Ends, bytes: Buffer): void => {
  if (!to.destroyed) to.write(bytes);
};

const slice = async (ends: Ends, bytes: Buffer, size: number): Promise<void> => {
  for (let start = 0; start < bytes.length; start += size) {
    write(ends, bytes.subarray(start, start + size));
    // Without it the kernel would put the pieces together again.
    await setImmediate();
  }
};

const later = async (ends: Ends, bytes: Buffer, milliseconds: number): Promise<void> => {
  await setTimeout(milliseconds);
  write(ends, bytes);
};

/** Joins one direction; what is taken is passed on in its order. */
const joined = (ends: Ends, direction: Direction, faults: Map<Direction, Fault>): void => {
  let queue: Promise<void> = Promise.resolve();
  const cut = (bytes: Buffer, left: number): void => {
    if (bytes.length < left) {
      faults.set(direction, { kind: 'cut', afterBytes: left - bytes.length });
      write(ends, bytes);
      return;
    }
    faults.set(direction, none);
    // What passed before the cut has to arrive: a reset would throw away what was not yet read.
    ends.to.end(bytes.subarray(0, left));
    ends.from.resetAndDestroy();
  };
  const pass = (bytes: Buffer): Promise<void> | void => {
    const fault = faults.get(direction) ?? none;
    switch (fault.kind) {
      case 'none':
        return write(ends, bytes);
      case 'delay':
        return later(ends, bytes, fault.milliseconds);
      case 'slice':
        return slice(ends, bytes, fault.bytes);
      case 'swallow':
        return undefined;
      case 'cut':
        return cut(bytes, fault.afterBytes);
    }
  };
  ends.from.on('data', (bytes: Buffer) => {
    queue = queue.then(() => pass(bytes));
  });
  ends.from.on('end', () => {
    queue = queue.then(() => void ends.to.end());
  });
};

/** Stands between a client and a server that a test started, and does to their connections what networks do. */
export class FaultProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #faults = new Map<Direction, Fault>();
  readonly #sockets = new Set<Socket>();
  #refusing = false;
  /** Connections that came so far, refused ones included. */
  connections = 0;

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true }, (client) => this.#accept(client));
  }

  static async start(port: number, host = '127.0.0.1'): Promise<FaultProxy> {
    const proxy = new FaultProxy({ host, port });
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** From now on, for open connections and for new ones. */
  set(direction: Direction, fault: Fault): void {
    this.#faults.set(direction, fault);
  }

  /** No faults, new connections welcome. */
  heal(): void {
    this.#faults.clear();
    this.#refusing = false;
  }

  /** Resets every open connection. */
  cutAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  /** Resets every connection, and each new one as soon as it comes. */
  refuse(): void {
    this.#refusing = true;
    this.cutAll();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #accept(client: Socket): void {
    this.connections += 1;
    if (this.#refusing) {
      client.on('error', () => undefined);
      client.resetAndDestroy();
      return;
    }
    const server = connect({ ...this.#target, allowHalfOpen: true });
    const reset = (): void => {
      client.resetAndDestroy();
      server.resetAndDestroy();
    };
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      // An error of one side is one of the other's; who is connected here notices by the reset.
      socket.on('error', reset);
      socket.on('close', () => this.#sockets.delete(socket));
    }
    joined({ from: client, to: server }, 'requests', this.#faults);
    joined({ from: server, to: client }, 'replies', this.#faults);
  }
}
