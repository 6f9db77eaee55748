import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';

type Data = string | ArrayBuffer | ArrayBufferView;

/**
 * SHA-256, or its HMAC where there is a key, in the form that the signer takes. The platform's own: over a request of
 * 20 MB it takes 15 ms of the loop, and one in JavaScript half a second.
 */
export class Sha256 {
  readonly #key: Data | undefined;
  #hash: Hash | Hmac;

  constructor(key?: Data) {
    this.#key = key;
    this.#hash = begun(key);
  }

  update(data: Data): void {
    this.#hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    this.#hash = begun(this.#key);
  }
}

function begun(key: Data | undefined): Hash | Hmac {
  return key === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(key));
}

function bytesOf(data: Data): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
