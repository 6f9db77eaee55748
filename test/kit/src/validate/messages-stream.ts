import { readSse, type SseEvent } from '../sse.ts';
import { Findings, type RuleTable } from './findings.ts';
import { MessagesBlockCheck, type MessagesBlockRule } from './messages-block.ts';
import { checkMessagesUsage, messagesErrorTypes, stopReasons } from './messages-usage.ts';
import { isCount, isNothing, isText, listOf, objectOf, parsedObject, textOf, type Members } from './shape.ts';
import { validateSse } from './sse-framing.ts';
import type { StreamOptions } from './stream-options.ts';

type Rule =
  | MessagesBlockRule
  | 'empty'
  | 'json'
  | 'done-mark'
  | 'name'
  | 'type'
  | 'first'
  | 'start-again'
  | 'message'
  | 'block-order'
  | 'block-open'
  | 'block-unknown'
  | 'block-over'
  | 'delta-early'
  | 'delta-again'
  | 'delta-missing'
  | 'stop-reason'
  | 'stop-tools'
  | 'usage-shape'
  | 'usage-shrinks'
  | 'after-end'
  | 'end-missing'
  | 'error-shape'
  | 'error-unexpected'
  | 'error-missing';

/** What the official clients of `anthropic-messages` need of a stream, and what they throw on. */
export const messagesStreamRules: RuleTable<Rule> = {
  empty: 'The stream has no event.',
  json: 'Event {event} is no JSON object: {data}',
  'done-mark': 'The stream has [DONE], which this dialect does not know.',
  name: 'Event {event} is named "{name}" and has the type "{type}": clients pass over what has no name.',
  type: 'Event {event} has the type "{type}", which no client knows.',
  first: 'The stream begins with {type} and not with message_start.',
  'start-again': 'Event {event} is another message_start, on which clients throw.',
  message: 'The message of message_start is not empty, unfinished and of the role "assistant" with an id and a model.',
  'block-order': 'Event {event} starts the block {index} when {next} is the next.',
  'block-open': 'Event {event} comes while the block {index} is open: blocks never overlap.',
  'block-unknown': 'Event {event} speaks of the block {index}, which was never started.',
  'block-over': 'Event {event} speaks of the block {index}, which has stopped.',
  'block-shape': 'Event {event} starts a block without a type, or one that is not empty: {block}',
  'tool-id': 'Event {event} starts a tool call whose id "{id}" is taken or has characters that no id may have.',
  'tool-name': 'Event {event} starts a tool call without a name.',
  'delta-kind': 'Event {event} has a {delta} for a block of the type {block}.',
  'delta-text': 'Event {event} has a {delta} without its text.',
  'tool-json': 'The input of the block {index} is no JSON object: {text}',
  'signature-last': 'Event {event} goes on with thinking that has its signature already.',
  'delta-early': 'Event {event} is a message_delta while a block is open or before the message has started.',
  'delta-again': 'Event {event} is another message_delta with a stop_reason.',
  'delta-missing': 'The message stops without a message_delta that says why.',
  'stop-reason': 'Event {event} has the stop_reason {reason}, which no client knows.',
  'stop-tools': 'The message stops by "{reason}" and has {count} tool calls for the client.',
  'usage-shape': 'The usage is not what clients can count with: {usage}',
  'usage-shrinks': 'The output tokens go back from {before} to {now}, and clients take the last count.',
  'after-end': 'Event {event} follows the end of the message.',
  'end-missing': 'The stream ends without message_stop.',
  'error-shape': 'The error is not what clients can read: {error}',
  'error-unexpected': 'The stream failed: {error}',
  'error-missing': 'The stream should have ended with an error, and has none.',
};

/** Checks a stream of Messages: framing, the state machine of its blocks, and its end. */
export function validateMessagesStream(stream: Uint8Array, options: StreamOptions = {}): readonly string[] {
  const check = new MessagesStreamCheck(options);
  check.findings.add(validateSse(stream));
  for (const [at, event] of readSse(stream).entries()) check.event(event, at);
  check.end();
  return check.findings.sentences;
}

class MessagesStreamCheck {
  readonly findings: Findings<Rule> = new Findings(messagesStreamRules);
  readonly #options: StreamOptions;
  readonly #blocks: MessagesBlockCheck[] = [];
  readonly #ids = new Set<unknown>();
  readonly #taps: Readonly<Record<string, (members: Members, event: number) => void>> = {
    ping: () => {},
    error: (members) => this.#error(members),
    message_start: (members, event) => this.#start(members, event),
    content_block_start: (members, event) => this.#blockStart(members, event),
    content_block_delta: (members, event) =>
      this.#block(members, event)?.delta(objectOf(members['delta']) ?? {}, event),
    content_block_stop: (members, event) => this.#block(members, event)?.stop(),
    message_delta: (members, event) => this.#delta(members, event),
    message_stop: () => this.#stop(),
  };
  #started = false;
  #events = 0;
  #reason: string | undefined;
  #written = 0;
  #failed = false;
  #over = false;

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  event({ event: name, data }: SseEvent, event: number): void {
    if (data === '[DONE]') return this.findings.report('done-mark');
    const members = parsedObject(data);
    if (!members) return this.findings.report('json', { event, data });
    const type = String(members['type']);
    this.findings.claim(name === type, 'name', { event, name, type });
    const tap = Object.hasOwn(this.#taps, type) ? this.#taps[type] : undefined;
    if (!this.findings.claim(tap !== undefined, 'type', { event, type })) return;
    if (this.#events === 0) this.findings.claim(['message_start', 'error'].includes(type), 'first', { type });
    this.#events += 1;
    this.findings.claim(!this.#over && !this.#failed, 'after-end', { event });
    tap?.(members, event);
  }

  end(): void {
    if (!this.findings.claim(this.#events > 0, 'empty') || this.#failed) return;
    if (!this.findings.claim(this.#options.ended !== 'error', 'error-missing')) return;
    this.findings.claim(this.#over, 'end-missing');
  }

  #error(members: Members): void {
    this.#failed = true;
    const { type, message } = objectOf(members['error']) ?? {};
    const fits = isText(type) && messagesErrorTypes.includes(type) && textOf(message) !== undefined;
    this.findings.claim(fits, 'error-shape', { error: members });
    this.findings.claim(this.#options.ended !== 'ok', 'error-unexpected', { error: members });
  }

  #start(members: Members, event: number): void {
    if (this.#started) return this.findings.report('start-again', { event });
    this.#started = true;
    const message = objectOf(members['message']) ?? {};
    const fits =
      textOf(message['id']) !== undefined &&
      textOf(message['model']) !== undefined &&
      message['type'] === 'message' &&
      message['role'] === 'assistant' &&
      listOf(message['content'])?.length === 0 &&
      isNothing(message['stop_reason']);
    this.findings.claim(fits, 'message');
    this.#usage(message['usage'], true);
  }

  #usage(usage: unknown, whole: boolean): void {
    checkMessagesUsage(usage, whole, this.findings);
    const now = objectOf(usage)?.['output_tokens'];
    if (!isCount(now)) return;
    // What message_start says of the output is a placeholder.
    if (!whole) this.findings.claim(now >= this.#written, 'usage-shrinks', { before: this.#written, now });
    if (!whole) this.#written = now;
  }

  #blockStart(members: Members, event: number): void {
    const index = members['index'];
    const next = this.#blocks.length;
    const open = this.#blocks.find((block) => !block.over);
    if (!this.findings.claim(open === undefined, 'block-open', { event, index: open?.index })) return;
    if (!this.findings.claim(index === next, 'block-order', { event, index, next })) return;
    const block = new MessagesBlockCheck(next, objectOf(members['content_block']) ?? {}, this.findings);
    block.start(this.#ids, event);
    this.#blocks.push(block);
  }

  #block(members: Members, event: number): MessagesBlockCheck | undefined {
    const index = members['index'];
    const block = isCount(index) ? this.#blocks[index] : undefined;
    this.findings.claim(block !== undefined, 'block-unknown', { event, index });
    if (block?.over) this.findings.report('block-over', { event, index });
    return block?.over ? undefined : block;
  }

  #delta(members: Members, event: number): void {
    const over = this.#started && this.#blocks.every((block) => block.over);
    this.findings.claim(over, 'delta-early', { event });
    const reason = objectOf(members['delta'])?.['stop_reason'];
    this.#usage(members['usage'], false);
    if (isNothing(reason)) return;
    this.findings.claim(isText(reason) && stopReasons.includes(reason), 'stop-reason', { event, reason });
    this.findings.claim(this.#reason === undefined, 'delta-again', { event });
    this.#reason = String(reason);
  }

  #stop(): void {
    this.#over = true;
    const reason = this.#reason;
    if (!this.findings.claim(reason !== undefined, 'delta-missing')) return;
    const calls = this.#blocks.filter((block) => block.type === 'tool_use');
    const count = calls.length;
    const fits = reason === 'tool_use' ? count > 0 : reason !== 'end_turn' || count === 0;
    this.findings.claim(fits, 'stop-tools', { reason, count });
    if (reason !== 'max_tokens') for (const block of this.#blocks) block.end();
  }
}
