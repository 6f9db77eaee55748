/** The head of a request as it stood on the wire. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  readonly rawHeaders: readonly (readonly [name: string, value: string])[];
  readonly bytes: Uint8Array;
}

/** What is told of the requests on one connection. */
export interface RequestEvents {
  head(head: RequestHead): void;
  body(chunk: Uint8Array): void;
  end(): void;
  /** What came is no HTTP/1.1; nothing more is read. */
  broken(reason: string): void;
}

type State = 'head' | 'sized' | 'chunk-size' | 'chunk' | 'chunk-end' | 'trailer' | 'broken';

/** Reads HTTP/1.1 requests from a connection's bytes, one after the other, strictly: what a lenient server would bear shows here. */
export class RequestReader {
  readonly #on: RequestEvents;
  #state: State = 'head';
  #rest: Buffer = Buffer.alloc(0);
  #left = 0;

  constructor(on: RequestEvents) {
    this.#on = on;
  }

  push(chunk: Uint8Array): void {
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    while (this.#step());
  }

  /** One step further; false when it needs more bytes. */
  #step(): boolean {
    switch (this.#state) {
      case 'head':
        return this.#readHead();
      case 'sized':
        return this.#readSized();
      case 'chunk-size':
        return this.#readChunkSize();
      case 'chunk':
        return this.#readChunk();
      case 'chunk-end':
        return this.#line() !== undefined && this.#go('chunk-size');
      case 'trailer':
        return this.#readTrailer();
      case 'broken':
        return false;
    }
  }

  #go(state: State): true {
    this.#state = state;
    return true;
  }

  #broken(reason: string): false {
    this.#state = 'broken';
    this.#on.broken(reason);
    return false;
  }

  #take(length: number): Buffer {
    const taken = this.#rest.subarray(0, length);
    this.#rest = this.#rest.subarray(length);
    return taken;
  }

  #line(): string | undefined {
    const end = this.#rest.indexOf('\r\n');
    return end < 0 ? undefined : this.#take(end + 2).toString('latin1', 0, end);
  }

  #readHead(): boolean {
    const end = this.#rest.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const bytes = this.#take(end + 4);
    const [first = '', ...lines] = bytes.toString('latin1', 0, end).split('\r\n');
    const request = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(first);
    if (!request) return this.#broken(`The request line is "${first}".`);
    const rawHeaders: (readonly [string, string])[] = [];
    for (const line of lines) {
      const header = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*(.*?)[ \t]*$/.exec(line);
      if (!header) return this.#broken(`A header line is "${line}".`);
      rawHeaders.push([header[1] ?? '', header[2] ?? '']);
    }
    this.#on.head({ method: request[1] ?? '', path: request[2] ?? '', rawHeaders, bytes });
    return this.#enterBody(rawHeaders);
  }

  #enterBody(rawHeaders: RequestHead['rawHeaders']): boolean {
    const valueOf = (wanted: string): string | undefined =>
      rawHeaders.find(([name]) => name.toLowerCase() === wanted)?.[1];
    const [coding, length] = [valueOf('transfer-encoding'), valueOf('content-length')];
    if (coding !== undefined && length !== undefined) return this.#broken('The body has two lengths.');
    if (coding?.toLowerCase() === 'chunked') return this.#go('chunk-size');
    if (coding !== undefined) return this.#broken(`The transfer coding is "${coding}".`);
    if (length !== undefined && !/^\d+$/.test(length)) return this.#broken(`The content length is "${length}".`);
    this.#left = Number(length ?? 0);
    return this.#left > 0 ? this.#go('sized') : this.#ended();
  }

  #ended(): true {
    this.#state = 'head';
    this.#on.end();
    return true;
  }

  #readSized(): boolean {
    if (this.#rest.length === 0) return false;
    const taken = this.#take(Math.min(this.#left, this.#rest.length));
    this.#left -= taken.length;
    this.#on.body(taken);
    return this.#left > 0 || this.#ended();
  }

  #readChunkSize(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    if (!/^[0-9A-Fa-f]+(;.*)?$/.test(line)) return this.#broken(`A chunk size is "${line}".`);
    this.#left = Number.parseInt(line, 16);
    return this.#go(this.#left > 0 ? 'chunk' : 'trailer');
  }

  #readChunk(): boolean {
    if (this.#rest.length === 0) return false;
    const taken = this.#take(Math.min(this.#left, this.#rest.length));
    this.#left -= taken.length;
    this.#on.body(taken);
    return this.#left > 0 || this.#go('chunk-end');
  }

  #readTrailer(): boolean {
    const line = this.#line();
    if (line === undefined) return false;
    return line !== '' || this.#ended();
  }
}
