import { createHash } from 'node:crypto';

/** A program that the server runs in one step, by the name it gives to its text. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

/** A program and its name. */
export function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}
