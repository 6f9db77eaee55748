import { asNumber, asString, isObject, type ChatEvent, type Json, type JsonObject, type Seal } from '@tapgate/core';
import { Fields } from '../fields.ts';
import { extOf } from '../own.ts';
import { digest } from '../request/call-ids.ts';
import { takeSignature, textOfArguments } from '../request/read-tool-calls.ts';

/** A call while its pieces come in. */
interface OpenCall {
  readonly part: string;
  readonly index: number | undefined;
  id: string;
  name: string;
  /** What came before the name, which must be said first. */
  args: string;
  custom: boolean;
  executedBy: 'client' | 'provider';
  seal: Seal | undefined;
  rest: JsonObject | undefined;
  started: boolean;
  /** Some of its arguments have come. */
  spoke: boolean;
}

/** Types of calls that a client runs; all others the provider has run itself. */
const clientTypes: ReadonlySet<string> = new Set(['function', 'custom', 'builtin_function', '']);

/**
 * Puts the calls of one choice together from their deltas: by index, else by id, else onto the call before. Deltas may
 * change between calls, repeat id and type, come without any of them, or bring the arguments as an object.
 */
export class CallReader {
  readonly #choice: number;
  readonly #nextPart: () => string;
  /** Unlike in any other answer, for ids that the server leaves empty. */
  readonly #salt: () => string;
  readonly #calls: OpenCall[] = [];

  constructor(choice: number, nextPart: () => string, salt: () => string) {
    this.#choice = choice;
    this.#nextPart = nextPart;
    this.#salt = salt;
  }

  /** Whether there is a call that the client must run. */
  get asks(): boolean {
    return this.#calls.some((call) => call.started && call.executedBy === 'client');
  }

  delta(json: Json, events: ChatEvent[]): void {
    if (!isObject(json)) return;
    const custom = json['type'] === 'custom' || isObject(json['custom']);
    const holder = json[custom ? 'custom' : 'function'];
    const inner = isObject(holder) ? holder : {};
    const args = textOfArguments(inner[custom ? 'input' : 'arguments']);
    const name = asString(inner['name']) ?? '';
    const call = this.#callOf(json, name);
    if (call === undefined) return;
    if (!call.started) this.#learn(call, json, name, custom);
    if (call.name === '') call.args += args;
    else this.#say(call, args, events);
  }

  /**
   * Ends all calls. One whose name never came is no call. A function called without arguments has an empty object of them,
   * unless the answer was `cut` before it could say any.
   */
  end(cut: boolean, events: ChatEvent[]): void {
    for (const call of this.#calls) {
      if (!call.started) continue;
      if (!call.spoke && !call.custom && !cut) events.push({ type: 'part-delta', part: call.part, text: '{}' });
      events.push({ type: 'part-end', part: call.part, ...(call.seal && { seal: call.seal }) });
    }
  }

  #callOf(json: JsonObject, name: string): OpenCall | undefined {
    const index = asNumber(json['index']);
    const id = asString(json['id']) ?? '';
    const known = this.#find(index, id, name);
    if (known !== undefined) return known;
    const call: OpenCall = {
      part: this.#nextPart(),
      index,
      id: '',
      name: '',
      args: '',
      custom: false,
      executedBy: 'client',
      seal: undefined,
      rest: undefined,
      started: false,
      spoke: false,
    };
    this.#calls.push(call);
    return call;
  }

  /** Without an index, a new id or a second name begins a call. */
  #find(index: number | undefined, id: string, name: string): OpenCall | undefined {
    if (index !== undefined) {
      const found = this.#calls.findLast((call) => call.index === index);
      const another = found !== undefined && id !== '' && found.id !== '' && found.id !== id && name !== '';
      return another ? undefined : found;
    }
    const last = this.#calls.at(-1);
    if (id !== '') return this.#calls.findLast((call) => call.id === id) ?? (last?.id === '' ? last : undefined);
    return name !== '' && last?.name !== '' ? undefined : last;
  }

  #learn(call: OpenCall, json: JsonObject, name: string, custom: boolean): void {
    const type = asString(json['type']) ?? '';
    const fields = new Fields(json);
    call.seal = takeSignature(fields) ?? call.seal;
    for (const member of ['index', 'id', 'type', 'function', 'custom']) fields.take(member);
    call.rest = fields.rest() ?? call.rest;
    call.id = (asString(json['id']) ?? '') || call.id;
    call.name = name || call.name;
    call.custom ||= custom;
    if (!clientTypes.has(type)) call.executedBy = 'provider';
    if (type === 'builtin_function') call.rest = { ...call.rest, type };
  }

  #say(call: OpenCall, args: string, events: ChatEvent[]): void {
    if (!call.started) this.#start(call, events);
    const text = call.args + args;
    call.args = '';
    if (text === '') return;
    call.spoke = true;
    events.push({ type: 'part-delta', part: call.part, text });
  }

  #start(call: OpenCall, events: ChatEvent[]): void {
    call.started = true;
    const { part, name, custom, executedBy, seal } = call;
    events.push({
      type: 'part-start',
      part,
      choice: this.#choice,
      kind: 'tool-call',
      callId: call.id || `call_${digest(`${this.#salt()}/${part}`, 24)}`,
      name,
      executedBy,
      ...(custom && { custom: true }),
      ...(seal && { seal }),
      ...extOf(call.rest),
    });
  }
}
