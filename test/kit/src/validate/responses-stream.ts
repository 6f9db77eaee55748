import { readSse, type SseEvent } from '../sse.ts';
import { Findings, type RuleTable } from './findings.ts';
import { itemTypesOf, responsesEventTypes } from './responses-events.ts';
import { ResponsesItemCheck, type ResponsesItemRule } from './responses-item.ts';
import { checkResponsesUsage } from './responses-usage.ts';
import { isCount, isNothing, isText, listOf, objectOf, parsedObject, textOf, type Members } from './shape.ts';
import { validateSse } from './sse-framing.ts';
import type { StreamOptions } from './stream-options.ts';

type Rule =
  | ResponsesItemRule
  | 'empty'
  | 'json'
  | 'done-mark'
  | 'name'
  | 'type'
  | 'sequence'
  | 'first'
  | 'created-again'
  | 'response'
  | 'response-id'
  | 'status'
  | 'item-order'
  | 'item-id'
  | 'call-id'
  | 'item-unknown'
  | 'item-over'
  | 'item-named'
  | 'item-type'
  | 'item-open'
  | 'output-differs'
  | 'usage-missing'
  | 'usage-shape'
  | 'usage-sum'
  | 'incomplete-reason'
  | 'failed-error'
  | 'after-end'
  | 'end-missing'
  | 'error-shape'
  | 'error-unexpected'
  | 'error-missing';

/** What the official clients of `openai-responses` need of a stream, and what they throw on. */
export const responsesStreamRules: RuleTable<Rule> = {
  empty: 'The stream has no event.',
  json: 'Event {event} is no JSON object: {data}',
  'done-mark': 'The stream has [DONE], which this dialect does not know.',
  name: 'Event {event} is named "{name}" and has the type "{type}".',
  type: 'Event {event} has the type "{type}", on which clients throw.',
  sequence: 'Event {event} has the sequence_number {number} and not {next}.',
  first: 'The stream begins with {type} and not with response.created.',
  'created-again': 'Event {event} is another response.created.',
  response: 'Event {event} carries no response object.',
  'response-id': 'Event {event} has the response id "{id}" and not "{before}".',
  status: 'Event {event} is {type} and its response has the status "{status}".',
  'item-order': 'Event {event} adds the item {index} when {next} is the next.',
  'item-id': 'Event {event} adds an item whose id "{id}" is empty or taken.',
  'call-id': 'Event {event} adds a call whose call_id "{id}" is empty or taken.',
  'item-unknown': 'Event {event} speaks of the item {index}, which was never added.',
  'item-over': 'Event {event} speaks of the item {index}, which is done.',
  'item-named': 'Event {event} calls the item {index} "{id}", which was added as "{before}".',
  'item-type': 'Event {event} is {type} and speaks of an item of the type {item}.',
  'item-open': 'The item {index} is never done.',
  'item-changed': 'Event {event} ends the item {index} with another type, id or call_id.',
  'item-differs': 'Event {event} ends the item {index} with the {key} {whole}, and the deltas said {joined}',
  'part-order': 'Event {event} adds the part {index} when {next} is the next.',
  'part-missing': 'Event {event} speaks of the {by} {index}, where no such part was added.',
  'part-over': 'Event {event} speaks of a part that is done.',
  'part-open': 'The part at {key} of the item {index} is never done.',
  'part-differs': 'Event {event} ends a part with {whole}, and the deltas said {joined}',
  'delta-text': 'Event {event} has the delta {delta}, which is no text.',
  'text-differs': 'Event {event} says the whole text is {whole}, and the deltas said {joined}',
  'text-over': 'Event {event} goes on with a text that is done.',
  arguments: 'Event {event} ends a function call whose arguments are no JSON object: {args}',
  'output-differs': 'The last response has another output than the items that were done: {output}, not {items}',
  'usage-missing': 'The response is completed and has no usage.',
  'usage-shape': 'The usage is not what clients can count with: {usage}',
  'usage-sum': 'The usage has the total {total}, which is not {read} and {written}.',
  'incomplete-reason': 'The response is incomplete and does not say why.',
  'failed-error': 'The response failed and has no error with a code and a message.',
  'after-end': 'Event {event} follows the end of the response.',
  'end-missing': 'The stream ends without response.completed, response.incomplete or response.failed.',
  'error-shape': 'The error is not what clients can read: {error}',
  'error-unexpected': 'The stream failed: {error}',
  'error-missing': 'The stream should have ended with an error, and has none.',
};

const statuses: Readonly<Record<string, readonly string[]>> = {
  'response.created': ['in_progress', 'queued'],
  'response.queued': ['queued'],
  'response.in_progress': ['in_progress'],
  'response.completed': ['completed'],
  'response.incomplete': ['incomplete'],
  'response.failed': ['failed', 'cancelled'],
};
const ends = new Set(['response.completed', 'response.incomplete', 'response.failed']);

/** Checks a stream of Responses with the strictness of the strictest official client. */
export function validateResponsesStream(stream: Uint8Array, options: StreamOptions = {}): readonly string[] {
  const check = new ResponsesStreamCheck(options);
  check.findings.add(validateSse(stream));
  for (const [at, event] of readSse(stream).entries()) check.event(event, at);
  check.end();
  return check.findings.sentences;
}

class ResponsesStreamCheck {
  readonly findings: Findings<Rule> = new Findings(responsesStreamRules);
  readonly #options: StreamOptions;
  readonly #items: ResponsesItemCheck[] = [];
  readonly #ids = new Set<unknown>();
  readonly #callIds = new Set<unknown>();
  #events = 0;
  #numbered: boolean;
  #responseId: unknown;
  #failed = false;
  #over = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#numbered = options.written ?? false;
  }

  event({ event: name, data }: SseEvent, event: number): void {
    if (data === '[DONE]') return this.findings.report('done-mark');
    this.#events += 1;
    const members = parsedObject(data);
    if (!members) return this.findings.report('json', { event, data });
    const type = String(members['type']);
    this.findings.claim(name === type, 'name', { event, name, type });
    if (!this.findings.claim(responsesEventTypes.has(type), 'type', { event, type })) return;
    this.#number(members['sequence_number'], event);
    if (this.#events === 1) this.findings.claim(['response.created', 'error'].includes(type), 'first', { type });
    // An error may be followed by the failed response, and by nothing else.
    const allowed = !this.#over && (!this.#failed || type === 'response.failed');
    this.findings.claim(allowed, 'after-end', { event });
    if (type === 'error') this.#error(members);
    else if (type in statuses) this.#lifecycle(type, members, event);
    else if (type === 'response.output_item.added') this.#added(members, event);
    else this.#ofItem(type, members, event);
  }

  end(): void {
    if (!this.findings.claim(this.#events > 0, 'empty') || this.#failed) return;
    if (!this.findings.claim(this.#options.ended !== 'error', 'error-missing')) return;
    this.findings.claim(this.#over, 'end-missing');
  }

  #number(number: unknown, event: number): void {
    if (event === 0) this.#numbered ||= number !== undefined;
    if (this.#numbered) this.findings.claim(number === event, 'sequence', { event, number, next: event });
  }

  #error(members: Members): void {
    const error = objectOf(members['error']) ?? members;
    const fits =
      textOf(error['message']) !== undefined &&
      (isNothing(error['code']) || isText(error['code'])) &&
      (isNothing(error['param']) || isText(error['param']));
    this.findings.claim(fits, 'error-shape', { error: members });
    this.#fail(members);
  }

  #fail(error: unknown): void {
    if (!this.#failed) this.findings.claim(this.#options.ended !== 'ok', 'error-unexpected', { error });
    this.#failed = true;
  }

  #lifecycle(type: string, members: Members, event: number): void {
    const response = objectOf(members['response']);
    if (!this.findings.claim(response !== undefined, 'response', { event }) || !response) return;
    const { id, status } = response;
    if (type === 'response.created' && event > 0) this.findings.report('created-again', { event });
    if (event === 0) this.#responseId = id;
    const same = textOf(id) !== undefined && id === this.#responseId;
    this.findings.claim(same || this.#responseId === undefined, 'response-id', { event, id, before: this.#responseId });
    this.findings.claim(statuses[type]?.includes(String(status)) ?? false, 'status', { event, type, status });
    if (!ends.has(type)) return;
    this.#over = true;
    this.#ended(type, response);
  }

  #ended(type: string, response: Members): void {
    const { usage, error } = response;
    if (type === 'response.failed') {
      const { code, message } = objectOf(error) ?? {};
      this.findings.claim(textOf(code) !== undefined && textOf(message) !== undefined, 'failed-error');
      return this.#fail(error);
    }
    if (type === 'response.incomplete') {
      const reason = objectOf(response['incomplete_details'])?.['reason'];
      this.findings.claim(textOf(reason) !== undefined, 'incomplete-reason');
    } else this.findings.claim(!isNothing(usage), 'usage-missing');
    if (!isNothing(usage)) checkResponsesUsage(usage, this.findings);
    const open = this.#items.find((item) => !item.over);
    if (open) return this.findings.report('item-open', { index: open.index });
    const output = (listOf(response['output']) ?? []).map((item) => signOf(objectOf(item) ?? {}));
    const items = this.#items.map(({ type: of, id, callId }) => signOf({ type: of, id, call_id: callId }));
    this.findings.claim(output.join(' ') === items.join(' '), 'output-differs', { output, items });
  }

  #added(members: Members, event: number): void {
    const index = members['output_index'];
    const item = objectOf(members['item']) ?? {};
    const { id, type, call_id: callId } = item;
    const next = this.#items.length;
    if (!this.findings.claim(index === next, 'item-order', { event, index, next })) return;
    this.findings.claim(textOf(id) !== undefined && !this.#ids.has(id), 'item-id', { event, id });
    this.#ids.add(id);
    if (type === 'function_call' || type === 'custom_tool_call') {
      const free = textOf(callId) !== undefined && !this.#callIds.has(callId);
      this.findings.claim(free, 'call-id', { event, id: callId });
      this.#callIds.add(callId);
    }
    this.#items.push(new ResponsesItemCheck(next, item, this.findings));
  }

  #ofItem(type: string, members: Members, event: number): void {
    const index = members['output_index'];
    if (index === undefined && itemTypesOf(type) === undefined && type !== 'response.output_item.done') return;
    const item = isCount(index) ? this.#items[index] : undefined;
    if (!this.findings.claim(item !== undefined, 'item-unknown', { event, index }) || !item) return;
    if (!this.findings.claim(!item.over, 'item-over', { event, index })) return;
    if (type === 'response.output_item.done') return item.done(objectOf(members['item']) ?? {}, event);
    const id = members['item_id'];
    this.findings.claim(id === item.id, 'item-named', { event, index, id, before: item.id });
    const fits = itemTypesOf(type)?.includes(String(item.type)) ?? true;
    if (this.findings.claim(fits, 'item-type', { event, type, item: item.type })) item.event(type, members, event);
  }
}

const signOf = ({ type, id, call_id: callId }: Members): string =>
  [type, id, callId].filter((name) => typeof name === 'string').join(':');
