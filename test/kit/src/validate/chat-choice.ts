import { chatFinishReasons } from './chat-usage.ts';
import type { Findings } from './findings.ts';
import { isCount, isNothing, isText, listOf, objectOf, parsedObject, textOf, type Members } from './shape.ts';

/** Rules of one choice of a stream of chat completions. */
export type ChatChoiceRule =
  | 'choice-index'
  | 'delta'
  | 'finish-key'
  | 'finish-unknown'
  | 'finish-missing'
  | 'finish-tools'
  | 'finish-stop'
  | 'after-finish'
  | 'role'
  | 'role-again'
  | 'text'
  | 'tool-list'
  | 'tool-index'
  | 'tool-order'
  | 'tool-id'
  | 'tool-type'
  | 'tool-name'
  | 'tool-text'
  | 'tool-again'
  | 'tool-json';

interface Call {
  readonly custom: boolean;
  text: string;
}

const texts = ['content', 'refusal', 'reasoning_content', 'reasoning'];

/** One choice on its way through the chunks. */
export class ChatChoiceCheck {
  readonly #choice: number;
  readonly #findings: Findings<ChatChoiceRule>;
  readonly #calls: Call[] = [];
  readonly #ids = new Set<string>();
  #begun = false;
  #finish: string | undefined;

  constructor(choice: number, findings: Findings<ChatChoiceRule>) {
    this.#choice = choice;
    this.#findings = findings;
  }

  get finished(): boolean {
    return this.#finish !== undefined;
  }

  chunk(members: Members, event: number): void {
    const choice = this.#choice;
    this.#findings.claim(!this.finished, 'after-finish', { event, choice });
    const delta = objectOf(members['delta']);
    if (this.#findings.claim(delta !== undefined, 'delta', { event }) && delta) this.#delta(delta, event);
    const reason = members['finish_reason'];
    if (!this.#findings.claim(reason === null || textOf(reason) !== undefined, 'finish-key', { event })) return;
    if (!isText(reason)) return;
    this.#findings.claim(chatFinishReasons.includes(reason), 'finish-unknown', { event, reason });
    this.#finish ??= reason;
  }

  /** `written`: the gateway chose the finish_reason itself. */
  end(written: boolean): void {
    const [choice, reason, count] = [this.#choice, this.#finish, this.#calls.length];
    if (!this.#findings.claim(reason !== undefined, 'finish-missing', { choice })) return;
    this.#findings.claim(reason !== 'tool_calls' || count > 0, 'finish-tools', { choice });
    if (written) this.#findings.claim(reason !== 'stop' || count === 0, 'finish-stop', { choice, count });
    if (reason === 'length' || reason === 'content_filter') return;
    for (const [index, { custom, text }] of this.#calls.entries()) {
      this.#findings.claim(custom || parsedObject(text) !== undefined, 'tool-json', { index, text });
    }
  }

  #delta(delta: Members, event: number): void {
    const choice = this.#choice;
    const role = delta['role'];
    if (!this.#begun) this.#findings.claim(role === 'assistant', 'role', { event, choice });
    else this.#findings.claim(isNothing(role), 'role-again', { event, choice });
    this.#begun = true;
    for (const field of texts) {
      const value = delta[field];
      this.#findings.claim(isNothing(value) || isText(value), 'text', { event, field, value });
    }
    if (isNothing(delta['tool_calls'])) return;
    const calls = listOf(delta['tool_calls']);
    const fits = calls !== undefined && calls.every((call) => objectOf(call) !== undefined);
    this.#findings.claim(fits, 'tool-list', { event });
    if (fits) for (const call of calls) this.#call(objectOf(call) ?? {}, event);
  }

  #call(members: Members, event: number): void {
    const { index } = members;
    const fits = isCount(index) && index < 128;
    this.#findings.claim(fits, 'tool-index', { event, index });
    if (!fits) return;
    let call = this.#calls[index];
    if (call) this.#goOn(members, index, event);
    else {
      const next = this.#calls.length;
      if (!this.#findings.claim(index === next, 'tool-order', { event, index, next })) return;
      call = this.#begin(members, event);
    }
    const value = call.custom ? objectOf(members['custom'])?.['input'] : objectOf(members['function'])?.['arguments'];
    this.#findings.claim(value === undefined || isText(value), 'tool-text', { event, value });
    if (isText(value)) call.text += value;
  }

  #begin(members: Members, event: number): Call {
    const { id, type } = members;
    const named = objectOf(members[type === 'custom' ? 'custom' : 'function']);
    const free = textOf(id) !== undefined && !this.#ids.has(id as string);
    this.#findings.claim(free, 'tool-id', { event, id });
    if (isText(id)) this.#ids.add(id);
    this.#findings.claim(type === 'function' || type === 'custom', 'tool-type', { event, type });
    this.#findings.claim(textOf(named?.['name']) !== undefined, 'tool-name', { event });
    const call = { custom: type === 'custom', text: '' };
    this.#calls.push(call);
    return call;
  }

  #goOn(members: Members, index: number, event: number): void {
    for (const field of ['id', 'type']) {
      this.#findings.claim(members[field] === undefined, 'tool-again', { event, field, index });
    }
    const named = objectOf(members['function']) ?? objectOf(members['custom']) ?? {};
    this.#findings.claim(named['name'] === undefined, 'tool-again', { event, field: 'name', index });
  }
}
