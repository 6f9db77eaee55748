/** A version segment, as clients double it or leave it out. */
const version = /^\/v\d+(?:(?:alpha|beta)\d*)?(?=\/|$)/;

/**
 * The paths a client may have meant, the likeliest first: as it is, below a prefix named for a vendor or a deployment,
 * with a doubled `/v1` once, with a missing `/v1` put in. `knows` decides which exists.
 */
export function tolerantPath(path: string, knows: (path: string) => boolean): string {
  const clean = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  for (const candidate of candidates(clean)) if (knows(candidate)) return candidate;
  return clean;
}

function* candidates(path: string): Generator<string> {
  for (const base of [path, withoutFirst(path)]) {
    if (base === undefined) continue;
    yield base;
    const once = undoubled(base);
    if (once !== base) yield once;
    if (!version.test(base)) yield `/v1${base}`;
  }
}

/** One leading segment less; a version is no prefix. */
function withoutFirst(path: string): string | undefined {
  const slash = path.indexOf('/', 1);
  return slash < 0 || version.test(path) ? undefined : path.slice(slash);
}

function undoubled(path: string): string {
  const [first] = version.exec(path) ?? [];
  if (first === undefined) return path;
  let rest = path;
  while (rest.startsWith(`${first}${first}/`)) rest = rest.slice(first.length);
  return rest;
}
