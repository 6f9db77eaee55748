import type { Body } from '../body.ts';
import { type ScannedObject, scanObject } from './scan-object.ts';

/**
 * Finds members at the top of a body that is a JSON object. A body is scanned once, when it comes: what was found stays with it for
 * whoever asks for some of the same names, and only a name that nobody has asked for is looked for again.
 */
export function scanBody(body: Body, names: ReadonlySet<string>): ScannedObject {
  const before = body.scan;
  if (before !== undefined && (!before.valid || hasAll(before.names, names))) return before;
  const scanned = scanObject(body.chunks, names);
  body.scan = scanned;
  return scanned;
}

function hasAll(names: ReadonlySet<string>, wanted: ReadonlySet<string>): boolean {
  if (names === wanted) return true;
  for (const name of wanted) if (!names.has(name)) return false;
  return true;
}
