import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** What the service was asked. */
export interface BundleRequest {
  readonly ifNoneMatch?: string;
  readonly prefer?: string;
  readonly authorization?: string;
}

/** How it misbehaves. */
export type BundleFault =
  | { readonly kind: 'status'; readonly status: number; readonly location?: string }
  /** States the whole length and ends the connection half way. */
  | { readonly kind: 'cut' }
  /** Takes the request and answers nothing, until it is closed. */
  | { readonly kind: 'silent' }
  /** Sends the headers and the first bytes, then nothing. */
  | { readonly kind: 'stalled' }
  /** Sends bytes for as long as somebody reads them. */
  | { readonly kind: 'endless' };

interface Offered {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

const holdingType = 'application/vnd.openpolicyagent.bundles';

/** A bundle service as OPA knows it, on a port of its own: real HTTP, with tags, long polling and faults on demand. */
export class BundleService implements AsyncDisposable {
  /** Every request so far, oldest first. */
  readonly requests: BundleRequest[] = [];
  readonly #server: Server;
  readonly #held = new Set<ServerResponse>();
  #offered: Offered | undefined;
  #published = 0;
  #fault: BundleFault | undefined;
  #holds: boolean;
  #watchers: (() => void)[] = [];

  private constructor(holds: boolean) {
    this.#holds = holds;
    this.#server = createServer((request, response) => {
      this.#answer(request, response);
    });
  }

  /** @param holds whether it knows long polling. Default true. */
  static async start({ holds = true } = {}): Promise<BundleService> {
    const service = new BundleService(holds);
    service.#server.listen(0, '127.0.0.1');
    await once(service.#server, 'listening');
    return service;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('The service is closed.');
    return `http://127.0.0.1:${address.port}/bundles/constitution`;
  }

  /** How many requests wait for something new. */
  get held(): number {
    return this.#held.size;
  }

  /** Offers other bytes, at once to whoever waits for them. */
  publish(bytes: Uint8Array): void {
    this.#published += 1;
    this.#offered = { bytes, etag: `"${this.#published}"` };
    for (const response of this.#release()) this.#send(response);
  }

  /** Misbehaves from now on, or behaves again. */
  fault(fault: BundleFault | undefined): void {
    this.#fault = fault;
  }

  /** Tells whoever waits that there is nothing new, as after the time that they stated. */
  expire(): void {
    for (const response of this.#release()) response.writeHead(304, { 'content-type': holdingType }).end();
  }

  /** Resolves once there were so many requests. */
  async asked(count: number): Promise<void> {
    while (this.requests.length < count) {
      await new Promise<void>((resolve) => {
        this.#watchers.push(resolve);
      });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => {
      this.#server.close(resolve);
    });
    this.#server.closeAllConnections();
    await closed;
  }

  #release(): readonly ServerResponse[] {
    const waiting = [...this.#held];
    this.#held.clear();
    return waiting;
  }

  #answer({ headers }: IncomingMessage, response: ServerResponse): void {
    const { 'if-none-match': ifNoneMatch, authorization } = headers;
    const prefer = Array.isArray(headers['prefer']) ? headers['prefer'].join() : headers['prefer'];
    const conditional = ifNoneMatch === undefined ? {} : { ifNoneMatch };
    const preferring = prefer === undefined ? {} : { prefer };
    this.requests.push({ ...conditional, ...preferring, ...(authorization === undefined ? {} : { authorization }) });
    if (this.#fault !== undefined) this.#misbehave(this.#fault, response);
    else if (ifNoneMatch !== undefined && ifNoneMatch === this.#offered?.etag) this.#nothingNew(prefer, response);
    else this.#send(response);
    for (const told of this.#watchers.splice(0)) told();
  }

  #nothingNew(prefer: string | undefined, response: ServerResponse): void {
    if (!this.#holds || prefer?.includes('wait=') !== true) {
      response.writeHead(304).end();
      return;
    }
    this.#held.add(response);
    response.on('close', () => this.#held.delete(response));
  }

  #send(response: ServerResponse): void {
    if (this.#offered === undefined) {
      response.writeHead(404).end();
      return;
    }
    const { bytes, etag } = this.#offered;
    const type = this.#holds ? holdingType : 'application/gzip';
    response.writeHead(200, { 'content-type': type, 'content-length': bytes.length, etag }).end(bytes);
  }

  #misbehave(fault: BundleFault, response: ServerResponse): void {
    const bytes = this.#offered?.bytes ?? new Uint8Array(100);
    if (fault.kind === 'status') {
      response.writeHead(fault.status, fault.location === undefined ? {} : { location: fault.location }).end('no');
    } else if (fault.kind === 'cut' || fault.kind === 'stalled') {
      response.writeHead(200, { 'content-type': 'application/gzip', 'content-length': bytes.length });
      response.write(bytes.subarray(0, bytes.length / 2), () => {
        if (fault.kind === 'cut') response.destroy();
      });
    } else if (fault.kind === 'endless') {
      response.writeHead(200, { 'content-type': 'application/gzip' });
      this.#pour(response);
    }
  }

  #pour(response: ServerResponse): void {
    const piece = Buffer.alloc(2 ** 20);
    const pour = (): void => {
      while (!response.destroyed && response.write(piece));
    };
    response.on('drain', pour);
    pour();
  }
}
