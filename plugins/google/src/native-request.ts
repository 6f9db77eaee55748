import {
  asString,
  bodyOf,
  bytesOf,
  editMembers,
  isArray,
  isObject,
  readJson,
  readSpan,
  scanObject,
  splice,
  writeJson,
  type Body,
  type Incoming,
  type Json,
  type Wanted,
  type Written,
} from '@tapgate/core';
import { readCallPath, writeCallPath } from './call-path.ts';
import { framingOf } from './peek.ts';
import { methodOf } from './routes.ts';

const kept = ['pageSize', 'pageToken', 'updateMask'];

/**
 * The client's bytes for another model: its name changes in the path, and wherever the body repeats it. Of the query only
 * `alt` stays, so that a credential in it goes nowhere.
 *
 * @throws MODEL_NAME_INVALID where the target's name cannot stand in a path.
 */
export function nativeRequest(incoming: Incoming, wanted: Wanted): Written {
  const call = readCallPath(incoming.path);
  const headers = new Map(incoming.body.length === 0 ? [] : [['content-type', 'application/json']]);
  const shared = { method: methodOf(incoming.operation), headers, losses: [] };
  if (call === undefined) {
    return { ...shared, path: resourcePath(incoming), body: renamed(incoming.body, wanted.model, ['model']) };
  }
  const sse = wanted.streamed && framingOf(incoming.query) === 'sse' ? '?alt=sse' : '';
  const path = writeCallPath(wanted.model, call.method) + sse;
  return { ...shared, path, body: wanted.operation === 'chat' ? incoming.body : withModel(incoming, wanted.model) };
}

/** `/files/abc`: the path without its version, and with nothing of the query but what pages a list. */
function resourcePath({ path, query }: Incoming): string {
  const asked = new URLSearchParams(query);
  const words = kept.flatMap((name) => asked.getAll(name).map((value) => `${name}=${encodeURIComponent(value)}`));
  const segments = path.replace(/^\/v\d+(?:alpha|beta)?\d*/, '').split('/');
  const safe = segments.map((segment) => (/^\.+$/.test(segment) ? '' : encodeURIComponent(segment)));
  return safe.join('/') + (words.length === 0 ? '' : `?${words.join('&')}`);
}

/** A count's and an embedding's body says the model again, and the API wants the two to agree. */
function withModel({ operation, body }: Incoming, model: string): Body {
  if (operation === 'count-tokens') return renamed(body, model, ['model', 'generateContentRequest']);
  return renamed(body, model, ['model', 'requests']);
}

/** The body with another model's name in the members that say one; the very body where none does, or all agree. */
function renamed(body: Body, model: string, members: readonly string[]): Body {
  if (body.stream !== undefined) return body;
  const scanned = scanObject(body.chunks, members);
  if (!scanned.valid || scanned.duplicates.length > 0) return body;
  const changes: Record<string, string> = {};
  for (const [name, { value }] of scanned.members) {
    const text = readSpan(body.chunks, value);
    const changed = name === 'model' ? JSON.stringify(named(model)) : inside(text, model);
    if (changed !== undefined && changed !== text) changes[name] = changed;
  }
  if (Object.keys(changes).length === 0) return body;
  return bodyOf(...splice(body.chunks, editMembers(scanned, changes)).chunks);
}

function inside(text: string, model: string): string | undefined {
  if (text.startsWith('{')) return bytesText(renamed(bodyOf(Buffer.from(text)), model, ['model']));
  const requests = parsed(text);
  if (!isArray(requests) || requests.every((one) => !isObject(one) || says(one['model'], model))) return undefined;
  return writeJson(
    requests.map((one) => (isObject(one) && one['model'] !== undefined ? { ...one, model: named(model) } : one)),
  );
}

function says(value: Json | undefined, model: string): boolean {
  return value === undefined || asString(value) === named(model);
}

function named(model: string): string {
  return /^(?:models|tunedModels|publishers|endpoints)\//.test(model) ? model : `models/${model}`;
}

function parsed(text: string): Json | undefined {
  try {
    return readJson(text);
  } catch {
    return undefined;
  }
}

function bytesText(body: Body): string {
  return Buffer.from(bytesOf(body)).toString('utf8');
}
