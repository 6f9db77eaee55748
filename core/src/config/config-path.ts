/** The way from a config's root to a place in it: keys and list indexes. */
export type ConfigPath = readonly (string | number)[];

const plainKey = /^[A-Za-z_$][\w$-]*$/;

/** As people write it: `plugins[2].options.maxTokens`, `models["a.b"][0]`. The root is empty. */
export function pathText(path: ConfigPath): string {
  return path.map((step, at) => stepText(step, at)).join('');
}

function stepText(step: string | number, at: number): string {
  if (typeof step === 'number') return `[${step}]`;
  if (!plainKey.test(step)) return `[${JSON.stringify(step)}]`;
  return at === 0 ? step : `.${step}`;
}

/** A path as one word, for maps and sets. */
export function pathKey(path: ConfigPath): string {
  return JSON.stringify(path);
}

/** What stands at a path, or nothing. */
export function valueAt(root: unknown, path: ConfigPath): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return value;
}

/** Whether a value is a map of keys: a plain object, not a list and not an instance of a class. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // A config that was imported may come from another realm, whose Object is not this one's.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
