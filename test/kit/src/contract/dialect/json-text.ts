/** A member that no dialect knows, with digits and an escape that a parsed and re-written value would lose. */
export const unknownMember = '"x_kit_unknown":[1.0e2,12345678901234567890,"\\u0041"]';

/** The JSON text with a member that nobody knows at the beginning of each object, or of the outermost alone. */
export function withUnknownMembers(json: string, where: 'everywhere' | 'outermost'): string {
  let result = '';
  let quoted = false;
  let objects = 0;
  for (let at = 0; at < json.length; at += 1) {
    const character = json[at] ?? '';
    result += character;
    if (quoted && character === '\\') {
      at += 1;
      result += json[at] ?? '';
    } else if (character === '"') quoted = !quoted;
    else if (character === '{' && !quoted) {
      objects += 1;
      if (where === 'outermost' && objects > 1) continue;
      result += /^\s*\}/.test(json.slice(at + 1, at + 64)) ? unknownMember : `${unknownMember},`;
    }
  }
  return result;
}

/** How many bytes two texts begin with alike. */
export function commonStart(one: Uint8Array, other: Uint8Array): number {
  const most = Math.min(one.byteLength, other.byteLength);
  let at = 0;
  while (at < most && one[at] === other[at]) at += 1;
  return at;
}

/** How many bytes they end with alike, beyond the first `start` of either. */
export function commonEnd(one: Uint8Array, other: Uint8Array, start: number): number {
  const most = Math.min(one.byteLength, other.byteLength) - start;
  let count = 0;
  while (count < most && one[one.byteLength - 1 - count] === other[other.byteLength - 1 - count]) count += 1;
  return count;
}

/** The JSON text without the white space between its values. */
export function compact(json: string): string {
  return json.replaceAll(/("(?:[^"\\]|\\.)*")|\s+/g, (_whole, text: string | undefined) => text ?? '');
}

/**
 * The first place where `before` says something that `after` does not say; nothing where it says all of it.
 * Members that are null or absent say nothing, and empty lists and objects no more than absent ones.
 */
export function lostFrom(before: unknown, after: unknown, path = '$'): string | undefined {
  if (before === null || before === undefined) return undefined;
  if (after === undefined && typeof before === 'object' && Object.keys(before).length === 0) return undefined;
  if (Array.isArray(before)) {
    if (!Array.isArray(after) || after.length !== before.length) return told(path, before, after);
    return before.map((item, at) => lostFrom(item, after[at], `${path}[${at}]`)).find((lost) => lost !== undefined);
  }
  if (typeof before === 'object') {
    if (typeof after !== 'object' || after === null || Array.isArray(after)) return told(path, before, after);
    const members = after as Record<string, unknown>;
    return Object.entries(before)
      .map(([name, value]) => lostFrom(value, members[name], `${path}.${name}`))
      .find((lost) => lost !== undefined);
  }
  return Object.is(before, after) ? undefined : told(path, before, after);
}

function told(path: string, before: unknown, after: unknown): string {
  return `${path} was ${short(before)} and is ${short(after)}`;
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
