import type { Findings } from './findings.ts';
import { isCount, isNothing, isText, listOf, objectOf, textOf, type Members } from './shape.ts';

/** Rules of one `GenerateContentResponse`, whole or an event of a stream. */
export type GenerateRule =
  | 'candidates'
  | 'candidate-index'
  | 'role'
  | 'parts'
  | 'part'
  | 'call-name'
  | 'call-args'
  | 'finish'
  | 'finish-unknown'
  | 'after-finish'
  | 'usage-shape'
  | 'usage-sum';

/** The sentences of these rules. */
export const generateRules: Readonly<Record<GenerateRule, string>> = {
  candidates: 'Event {event} has candidates that are no list of objects.',
  'candidate-index': 'Event {event} has a candidate of the index {index}.',
  role: 'Event {event} has content of the role {role} and not "model".',
  parts: 'Event {event} has content whose parts are no list of objects.',
  part: 'Event {event} has a part that is not exactly one thing: {part}',
  'call-name': 'Event {event} has a function call without a name.',
  'call-args': 'Event {event} has a function call whose args are no object: {args}',
  finish: 'Event {event} has a finishReason that is no text.',
  'finish-unknown': 'Event {event} has the finishReason "{reason}", which no client knows.',
  'after-finish': 'Event {event} goes on with the candidate {index}, which has its finishReason already.',
  'usage-shape': 'The usage is not what clients can count with: {usage}',
  'usage-sum': 'The usage has the totalTokenCount {total}, and its parts make {sum}.',
};

const payloads = [
  'text',
  'inlineData',
  'fileData',
  'functionCall',
  'functionResponse',
  'executableCode',
  'codeExecutionResult',
  'toolCall',
  'toolResponse',
];

const finishReasons =
  'STOP MAX_TOKENS SAFETY RECITATION LANGUAGE OTHER BLOCKLIST PROHIBITED_CONTENT SPII MALFORMED_FUNCTION_CALL IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT IMAGE_RECITATION IMAGE_OTHER NO_IMAGE UNEXPECTED_TOOL_CALL TOO_MANY_TOOL_CALLS MISSING_THOUGHT_SIGNATURE MODEL_ARMOR MALFORMED_RESPONSE'.split(
    ' ',
  );

/** The events of one answer, or its one document. */
export class GenerateCheck {
  readonly #findings: Findings<GenerateRule>;
  readonly #written: boolean;
  readonly #finished = new Set<number>();
  #candidates = new Set<number>();
  #blocked = false;
  #continues = false;
  usageSeen = false;

  constructor(findings: Findings<GenerateRule>, written: boolean) {
    this.#findings = findings;
    this.#written = written;
  }

  /** Every candidate has its finish, or the prompt was blocked. */
  get finished(): boolean {
    return this.#blocked || (this.#candidates.size > 0 && [...this.#candidates].every((at) => this.#finished.has(at)));
  }

  answer(members: Members, event: number): void {
    const candidates = isNothing(members['candidates']) ? [] : listOf(members['candidates']);
    const fits = candidates?.every((candidate) => objectOf(candidate) !== undefined) ?? false;
    if (this.#findings.claim(fits, 'candidates', { event })) {
      for (const candidate of candidates ?? []) this.#candidate(objectOf(candidate) ?? {}, event);
    }
    if (textOf(objectOf(members['promptFeedback'])?.['blockReason']) !== undefined) this.#blocked = true;
    this.usageSeen = !isNothing(members['usageMetadata']);
    if (this.usageSeen) this.#usage(members['usageMetadata']);
  }

  #candidate(candidate: Members, event: number): void {
    const { index = 0, finishReason: reason } = candidate;
    if (!this.#findings.claim(isCount(index), 'candidate-index', { event, index }) || !isCount(index)) return;
    this.#candidates.add(index);
    const content = objectOf(candidate['content']);
    if (content) this.#content(content, index, event);
    if (isNothing(reason)) return;
    if (!this.#findings.claim(isText(reason), 'finish', { event }) || !isText(reason)) return;
    const known = !this.#written || finishReasons.includes(reason);
    this.#findings.claim(known, 'finish-unknown', { event, reason });
    this.#finished.add(index);
  }

  #content(content: Members, index: number, event: number): void {
    if (isNothing(content['parts'])) return;
    const parts = listOf(content['parts']);
    const fits = parts?.every((part) => objectOf(part) !== undefined) ?? false;
    if (!this.#findings.claim(fits, 'parts', { event }) || !parts) return;
    this.#findings.claim(content['role'] === 'model', 'role', { event, role: content['role'] });
    const over = this.#finished.has(index) && parts.length > 0;
    this.#findings.claim(!over, 'after-finish', { event, index });
    for (const part of parts) this.#part(objectOf(part) ?? {}, event);
  }

  #part(part: Members, event: number): void {
    const kinds = payloads.filter((name) => part[name] !== undefined);
    const signedOnly = kinds.length === 0 && textOf(part['thoughtSignature']) !== undefined;
    const textFits = part['text'] === undefined || isText(part['text']);
    this.#findings.claim((kinds.length === 1 && textFits) || signedOnly, 'part', { event, part });
    const call = objectOf(part['functionCall']);
    if (call) this.#call(call, event);
  }

  #call(call: Members, event: number): void {
    const { name, args, willContinue } = call;
    const goesOn = this.#continues;
    this.#continues = willContinue === true;
    this.#findings.claim(goesOn || textOf(name) !== undefined, 'call-name', { event });
    const fits = goesOn || this.#continues || isNothing(args) || objectOf(args) !== undefined;
    this.#findings.claim(fits, 'call-args', { event, args });
  }

  #usage(usage: unknown): void {
    const members = objectOf(usage) ?? {};
    const count = (name: string): unknown => members[name] ?? 0;
    const parts = ['promptTokenCount', 'candidatesTokenCount', 'thoughtsTokenCount', 'toolUsePromptTokenCount'];
    const counts = [...parts, 'totalTokenCount', 'cachedContentTokenCount'].map(count);
    if (!this.#findings.claim(objectOf(usage) !== undefined && counts.every(isCount), 'usage-shape', { usage })) return;
    const sum = parts.reduce((total, name) => total + Number(count(name)), 0);
    const total = Number(count('totalTokenCount'));
    if (this.#written) this.#findings.claim(total === sum, 'usage-sum', { total, sum });
  }
}
