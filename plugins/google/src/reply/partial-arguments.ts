import { asBoolean, asNumber, asString, isArray, isObject, writeJson, type Json, type JsonObject } from '@tapgate/core';

/** Puts a call's arguments together from the pieces that a stream gives of them: a path, a value, and whether it goes on. */
export class PartialArguments {
  readonly #root: JsonObject = {};
  /** Texts that go on: the next piece for their path is added to them. */
  readonly #open = new Set<string>();

  /** @see https://cloud.google.com/vertex-ai/generative-ai/docs/multimodal/function-calling#streaming-fc */
  add(pieces: Json | undefined): void {
    if (!isArray(pieces)) return;
    for (const piece of pieces) if (isObject(piece)) this.#piece(piece);
  }

  #piece(piece: JsonObject): void {
    const path = asString(piece['jsonPath']) ?? '';
    const steps = stepsOf(path);
    const value = valueOf(piece);
    if (steps.length === 0 || value === undefined) return;
    const continues = this.#open.has(path);
    if (piece['willContinue'] === true) this.#open.add(path);
    else this.#open.delete(path);
    put(this.#root, steps, (before) =>
      continues && typeof before === 'string' && typeof value === 'string' ? before + value : value,
    );
  }

  /** The arguments so far, as JSON. */
  get text(): string {
    return writeJson(this.#root);
  }

  /** Text that no reader takes for whole: the call was cut off before its end. */
  get unfinishedText(): string {
    return this.text.slice(0, -1);
  }
}

function valueOf(piece: JsonObject): Json | undefined {
  if ('nullValue' in piece) return null;
  return asString(piece['stringValue']) ?? asNumber(piece['numberValue']) ?? asBoolean(piece['boolValue']);
}

type Step = string | number;

/** `$.a['b'][0]` as a, b, 0. */
function stepsOf(path: string): readonly Step[] {
  const steps: Step[] = [];
  for (const match of path.matchAll(/\.([^.[\]]+)|\[(\d{1,6})\]|\[(["'])((?:\\.|[^\\])*?)\3\]/g)) {
    const [, name, index, , quoted] = match;
    if (index === undefined) steps.push(name ?? quoted?.replaceAll(/\\(.)/g, '$1') ?? '');
    else steps.push(Number(index));
  }
  return steps;
}

/** Sets what a path leads to; lists and objects on the way are made. A list grows by one at a time, whatever the path says. */
function put(root: JsonObject, steps: readonly Step[], change: (before: Json | undefined) => Json): void {
  let at: JsonObject | Json[] = root;
  for (const [index, step] of steps.entries()) {
    if (isMutableArray(at) ? typeof step !== 'number' || step > at.length : typeof step === 'number') return;
    const before = get(at, step);
    const next = steps[index + 1];
    if (next === undefined) {
      set(at, step, change(before));
      return;
    }
    const inner: JsonObject | Json[] =
      isObject(before) || isMutableArray(before) ? before : typeof next === 'number' ? [] : {};
    if (inner !== before) set(at, step, inner);
    at = inner;
  }
}

function isMutableArray(value: unknown): value is Json[] {
  return Array.isArray(value);
}

function get(holder: JsonObject | Json[], step: Step): Json | undefined {
  if (isMutableArray(holder)) return holder[step as number];
  return Object.hasOwn(holder, step) ? holder[step] : undefined;
}

/** An assignment to `__proto__` would set the prototype. */
function set(holder: JsonObject | Json[], step: Step, value: Json): void {
  Object.defineProperty(holder, step, { value, writable: true, enumerable: true, configurable: true });
}
