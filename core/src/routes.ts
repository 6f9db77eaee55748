import type { Dialect, DialectRoute } from './dialect.ts';
import type { HeaderMap } from './reply.ts';

function pathFits(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  for (const [at, segment] of wanted.entries()) {
    if (segment.startsWith('*')) return given.length > at;
    const value = given[at];
    if (value === undefined) return false;
    if (segment.startsWith(':') ? value === '' : segment !== value) return false;
  }
  return given.length === wanted.length;
}

/** A route with the dialect that has it. */
export interface FoundRoute {
  readonly dialect: Dialect;
  readonly route: DialectRoute;
}

/** All dialects' routes, found by one lookup where the path has no parameter. */
export class Routes {
  readonly #exact = new Map<string, FoundRoute[]>();
  readonly #patterns: FoundRoute[] = [];
  readonly #paths = new Set<string>();

  constructor(dialects: Iterable<Dialect>) {
    for (const dialect of dialects) for (const route of dialect.routes) this.#add({ dialect, route });
  }

  /** The route a request means: of those that share a path, first the one whose `when` holds. */
  find(method: string, path: string, headers: HeaderMap): FoundRoute | undefined {
    const fitting =
      this.#exact.get(`${method} ${path}`) ??
      this.#patterns.filter(({ route }) => route.method === method && pathFits(route.path, path));
    return (
      fitting.find(({ route }) => route.when?.(headers, path) ?? false) ??
      fitting.find(({ route }) => route.when === undefined) ??
      fitting[0]
    );
  }

  /** Whether anything is served at this path by another method. */
  knows(path: string): boolean {
    return this.#paths.has(path) || this.#patterns.some(({ route }) => pathFits(route.path, path));
  }

  /** Every path without parameters, for a hint at the nearest. */
  get paths(): ReadonlySet<string> {
    return this.#paths;
  }

  #add(found: FoundRoute): void {
    const { method, path } = found.route;
    if (/[:*]/.test(path)) {
      this.#patterns.push(found);
      return;
    }
    this.#paths.add(path);
    const key = `${method} ${path}`;
    const known = this.#exact.get(key);
    if (known === undefined) this.#exact.set(key, [found]);
    else known.push(found);
  }
}
