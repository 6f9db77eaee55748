import type { Findings } from './findings.ts';
import { toolId } from './messages-usage.ts';
import { isText, objectOf, parsedObject, textOf, type Members } from './shape.ts';

/** Rules of one block of a stream of Messages. */
export type MessagesBlockRule =
  | 'block-shape'
  | 'tool-id'
  | 'tool-name'
  | 'delta-kind'
  | 'delta-text'
  | 'tool-json'
  | 'signature-last';

/** The deltas that a block takes, each with the field of its text. A block that is not listed takes none. */
const deltasOf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  text: { text_delta: 'text', citations_delta: '' },
  thinking: { thinking_delta: 'thinking', signature_delta: 'signature' },
  tool_use: { input_json_delta: 'partial_json' },
  server_tool_use: { input_json_delta: 'partial_json' },
  mcp_tool_use: { input_json_delta: 'partial_json' },
  compaction: { compaction_delta: '' },
};

/** One block on its way from its start to its stop. */
export class MessagesBlockCheck {
  readonly index: number;
  readonly type: string;
  over = false;
  readonly #block: Members;
  readonly #findings: Findings<MessagesBlockRule>;
  #input = '';
  #signed = false;

  constructor(index: number, block: Members, findings: Findings<MessagesBlockRule>) {
    this.index = index;
    this.type = isText(block['type']) ? block['type'] : '';
    this.#block = block;
    this.#findings = findings;
  }

  start(ids: Set<unknown>, event: number): void {
    const block = this.#block;
    const { id, text, thinking, name } = block;
    const empty = this.type !== 'text' || text === '';
    const unthought = this.type !== 'thinking' || thinking === '';
    this.#findings.claim(this.type !== '' && empty && unthought, 'block-shape', { event, block });
    if (!this.#takesInput()) return;
    this.#findings.claim(isText(id) && toolId.test(id) && !ids.has(id), 'tool-id', { event, id });
    ids.add(id);
    this.#findings.claim(textOf(name) !== undefined, 'tool-name', { event });
  }

  delta(members: Members, event: number): void {
    const delta = String(members['type']);
    const field = deltasOf[this.type]?.[delta];
    if (!this.#findings.claim(field !== undefined, 'delta-kind', { event, delta, block: this.type })) return;
    const text = members[field ?? ''];
    if (field !== '') this.#findings.claim(isText(text), 'delta-text', { event, delta });
    if (delta === 'input_json_delta' && isText(text)) this.#input += text;
    this.#findings.claim(!this.#signed, 'signature-last', { event });
    this.#signed ||= delta === 'signature_delta';
  }

  stop(): void {
    this.over = true;
  }

  /** Once the message has stopped well, so that no input may be cut. */
  end(): void {
    if (!this.#takesInput()) return;
    const fits = this.#input === '' ? objectOf(this.#block['input']) !== undefined : parsedObject(this.#input);
    this.#findings.claim(Boolean(fits), 'tool-json', { index: this.index, text: this.#input });
  }

  #takesInput(): boolean {
    return deltasOf[this.type]?.['input_json_delta'] !== undefined;
  }
}
