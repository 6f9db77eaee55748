import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

/** `tg_`, an id that may be seen, and a secret of 256 bits. */
const form = /^tg_([A-Za-z0-9]{8})_([A-Za-z0-9_-]{43})$/;

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A new key, and what is stored of it. */
export interface NewKey {
  /** Shown once, to its owner. */
  readonly key: string;
  readonly id: string;
  readonly hash: string;
}

/** Draws a key. `pepper` is the installation's own secret, without which a stored hash tells nothing. */
export function createKey(pepper: string): NewKey {
  const id = Array.from(randomBytes(8), (byte) => letters[byte % letters.length]).join('');
  const key = `tg_${id}_${randomBytes(32).toString('base64url')}`;
  return { key, id, hash: hashKey(key, pepper) };
}

/** HMAC-SHA-256 of a whole key, in hex. */
export function hashKey(key: string, pepper: string): string {
  return createHmac('sha256', pepper).update(key).digest('hex');
}

/** The id of a credential that has the form of a key; nothing for any other. */
export function keyId(credential: string): string | undefined {
  return credential.length > 100 ? undefined : form.exec(credential)?.[1];
}

/** Compares in a time that tells nothing of where two hashes differ. */
export function sameHash(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one, 'hex'), Buffer.from(other, 'hex')];
  return first.byteLength === second.byteLength && first.byteLength > 0 && timingSafeEqual(first, second);
}
