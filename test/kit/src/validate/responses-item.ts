import type { Findings } from './findings.ts';
import { streamedTexts, type StreamedText } from './responses-events.ts';
import { isText, listOf, objectOf, parsedObject, textOf, type Members } from './shape.ts';

/** Rules of one output item of a stream of Responses. */
export type ResponsesItemRule =
  | 'part-order'
  | 'part-missing'
  | 'part-over'
  | 'part-open'
  | 'part-differs'
  | 'delta-text'
  | 'text-differs'
  | 'text-over'
  | 'item-changed'
  | 'item-differs'
  | 'arguments';

interface Part {
  readonly type: unknown;
  over: boolean;
}

interface Text {
  joined: string;
  over: boolean;
}

/** One output item on its way from `output_item.added` to `output_item.done`. */
export class ResponsesItemCheck {
  readonly index: number;
  readonly type: unknown;
  readonly id: unknown;
  readonly callId: unknown;
  /** `output_item.done` has come. */
  over = false;
  readonly #findings: Findings<ResponsesItemRule>;
  readonly #parts = new Map<string, Part>();
  readonly #texts = new Map<string, Text>();

  constructor(index: number, item: Members, findings: Findings<ResponsesItemRule>) {
    this.index = index;
    this.type = item['type'];
    this.id = item['id'];
    this.callId = item['call_id'];
    this.#findings = findings;
  }

  event(type: string, members: Members, event: number): void {
    if (type === 'response.content_part.added') this.#partAdded('content_index', members, event);
    else if (type === 'response.content_part.done') this.#partDone('content_index', members, event);
    else if (type === 'response.reasoning_summary_part.added') this.#partAdded('summary_index', members, event);
    else if (type === 'response.reasoning_summary_part.done') this.#partDone('summary_index', members, event);
    else if (type === 'response.output_text.annotation.added') this.#partOf('content_index', members, event);
    for (const text of streamedTexts) {
      if (type === text.delta) this.#delta(text, members, event);
      else if (type === text.done) this.#done(text, members, event);
    }
  }

  done(item: Members, event: number): void {
    this.over = true;
    const same = item['type'] === this.type && item['id'] === this.id && item['call_id'] === this.callId;
    this.#findings.claim(same, 'item-changed', { event, index: this.index });
    for (const [key, part] of this.#parts) this.#findings.claim(part.over, 'part-open', { key, index: this.index });
    for (const [key, { joined }] of this.#texts) {
      const whole = wholeText(item, key);
      const fits = whole === undefined || whole === joined;
      this.#findings.claim(fits, 'item-differs', { event, index: this.index, key, whole, joined });
    }
    const args = item['arguments'];
    if (item['type'] !== 'function_call' || item['status'] === 'incomplete') return;
    const fits = isText(args) && parsedObject(args) !== undefined;
    this.#findings.claim(fits, 'arguments', { event, args });
  }

  #partAdded(by: 'content_index' | 'summary_index', members: Members, event: number): void {
    const next = [...this.#parts.keys()].filter((key) => key.startsWith(by)).length;
    const index = members[by];
    this.#findings.claim(index === next, 'part-order', { event, index, next });
    this.#parts.set(`${by} ${String(index)}`, { type: objectOf(members['part'])?.['type'], over: false });
  }

  #partDone(by: 'content_index' | 'summary_index', members: Members, event: number): void {
    const part = this.#partOf(by, members, event);
    if (!part) return;
    part.over = true;
    const text = this.#texts.get(`${by} ${String(members[by])}`);
    const said = objectOf(members['part']);
    const whole = said?.['text'] ?? said?.['refusal'];
    const fits = text === undefined || whole === text.joined;
    this.#findings.claim(fits, 'part-differs', { event, whole, joined: text?.joined });
  }

  #partOf(by: 'content_index' | 'summary_index', members: Members, event: number, type?: string): Part | undefined {
    const part = this.#parts.get(`${by} ${String(members[by])}`);
    const fits = part !== undefined && (type === undefined || part.type === type);
    this.#findings.claim(fits, 'part-missing', { event, by, index: members[by] });
    if (part?.over) this.#findings.report('part-over', { event });
    return fits ? part : undefined;
  }

  #textOf(text: StreamedText, members: Members, event: number): Text {
    if (text.part !== undefined && text.index) this.#partOf(text.index, members, event, text.part);
    const key = text.index ? `${text.index} ${String(members[text.index])}` : text.field;
    const known = this.#texts.get(key) ?? { joined: '', over: false };
    this.#texts.set(key, known);
    this.#findings.claim(!known.over, 'text-over', { event });
    return known;
  }

  #delta(text: StreamedText, members: Members, event: number): void {
    const delta = members['delta'];
    const known = this.#textOf(text, members, event);
    if (this.#findings.claim(isText(delta), 'delta-text', { event, delta })) known.joined += String(delta);
  }

  #done(text: StreamedText, members: Members, event: number): void {
    const known = this.#textOf(text, members, event);
    const whole = members[text.field];
    this.#findings.claim(whole === known.joined, 'text-differs', { event, whole, joined: known.joined });
    known.over = true;
  }
}

/** The text that a finished item has where the deltas of `key` were streamed to. */
function wholeText(item: Members, key: string): unknown {
  const [by = '', index = ''] = key.split(' ');
  if (by === 'summary_index') return objectOf(listOf(item['summary'])?.[Number(index)])?.['text'];
  if (by !== 'content_index') return item[by];
  const part = objectOf(listOf(item['content'])?.[Number(index)]);
  return textOf(part?.['refusal']) ?? part?.['text'];
}
