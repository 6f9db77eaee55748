import { type Answer, type RecordedRequest, reply, type Script, sseText, type Step, step } from '@tapgate/test-kit';
import { type Stream, type Tongue, tongueAt } from './tongues.ts';

/** What a scripted upstream does with one request, in words that every dialect has. */
export type Behaviour =
  | 'good'
  | 'silent'
  | 'hang-up'
  | 'reset'
  | 'empty'
  | 'not-json'
  | 'page'
  | 'redirect'
  | 'error-in-200'
  | 'too-large'
  | 'large-head'
  | 'compressed'
  | 'commented'
  | 'no-end-mark'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly message?: string }
  /** Stops before any content, or after half of it, by closing, by RST, or as if it were complete. */
  | { readonly cut: 'beginning' | 'half'; readonly by: 'close' | 'reset' | 'end' }
  /** Goes silent there. */
  | { readonly stall: 'head' | 'beginning' | 'half' }
  /** An error event there. */
  | { readonly error: 'beginning' | 'half' }
  /** Good, after so long. */
  | { readonly afterMs: number };

const html = '<html><body><h1>502 Bad Gateway</h1></body></html>';

/** A good answer, as a stream or as a document. */
export function good(tongue: Tongue, streamed: boolean): Script {
  return streamed ? reply.sse(written(tongue, framesOf(tongue.stream))) : reply.json(200, tongue.whole);
}

/** Answers requests one after the other as the list says, and all further ones as its last says. */
export function answering(behaviours: readonly Behaviour[]): Answer {
  let next = 0;
  return (request) => {
    const behaviour = behaviours[Math.min(next, behaviours.length - 1)] ?? 'good';
    next += 1;
    return scriptOf(behaviour, request);
  };
}

function scriptOf(behaviour: Behaviour, request: RecordedRequest): Script {
  const tongue = tongueAt(request.path);
  const streamed = isStreamed(request);
  if (typeof behaviour === 'string') return simple(behaviour, tongue, streamed);
  if ('status' in behaviour) {
    const { status, headers = {}, message = 'It is so.' } = behaviour;
    return reply.json(status, tongue.error(status, message), headers);
  }
  if ('cut' in behaviour) return [...upTo(tongue, streamed, behaviour.cut, behaviour.by !== 'end'), ends[behaviour.by]];
  if ('stall' in behaviour) return [...upTo(tongue, streamed, behaviour.stall), step.stall()];
  if ('afterMs' in behaviour) return [step.sleep(behaviour.afterMs), ...good(tongue, streamed)];
  const last = step.write(written(tongue, [tongue.errorFrame('It broke.')]));
  return streamed
    ? [...upTo(tongue, true, behaviour.error), step.sleep(20), last]
    : reply.json(500, tongue.error(500, 'It broke.'));
}

const ends: Readonly<Record<'close' | 'reset' | 'end', Step>> = {
  close: step.cut(),
  reset: step.reset(),
  end: step.end(),
};

function simple(behaviour: Extract<Behaviour, string>, tongue: Tongue, streamed: boolean): Script {
  switch (behaviour) {
    case 'good':
      return good(tongue, streamed);
    case 'silent':
      return reply.stall();
    case 'hang-up':
      return reply.hangUp();
    case 'reset':
      return reply.hangUp('reset');
    case 'empty':
      return [head(streamed)];
    case 'not-json':
      return streamed ? reply.sse('data: {"broken": \n\n') : reply.bytes(200, Buffer.from('{"broken": '), jsonType);
    case 'page':
      return reply.text(502, html);
    case 'redirect':
      return [step.head(302, { location: 'http://127.0.0.1:9/elsewhere' })];
    case 'error-in-200':
      return streamed
        ? reply.sse(written(tongue, [tongue.errorFrame('It broke.')]))
        : reply.json(200, tongue.error(500, 'It broke.'));
    case 'too-large':
      return [head(streamed), ...Array.from({ length: 64 }, () => step.write(streamed ? filler : ' '.repeat(65_536)))];
    case 'large-head':
      return [step.head(200, { 'content-type': 'application/json', 'x-large': 'x'.repeat(40_000) })];
    case 'compressed':
      return [step.gzip(), ...good(tongue, streamed)];
    case 'commented':
      return streamed ? reply.sse(commented(tongue)) : good(tongue, false);
    case 'no-end-mark':
      return streamed
        ? reply.sse(written(tongue, [...tongue.stream.beginning, ...tongue.stream.content]))
        : good(tongue, false);
  }
}

const jsonType = { 'content-type': 'application/json' };
const filler = `: ${'x'.repeat(65_533)}\n`;

function head(streamed: boolean): Step {
  return step.head(200, streamed ? { 'content-type': 'text/event-stream' } : jsonType);
}

/** As far as there: the head, the beginning that shows nothing yet, or half of the content. A document may say how long it would be. */
function upTo(tongue: Tongue, streamed: boolean, where: 'head' | 'beginning' | 'half', sized = true): readonly Step[] {
  if (where === 'head') return [head(streamed)];
  if (!streamed) {
    const bytes = Buffer.from(JSON.stringify(tongue.whole));
    const headers = sized ? { ...jsonType, 'content-length': String(bytes.byteLength) } : jsonType;
    const part = bytes.subarray(0, where === 'half' ? bytes.byteLength >> 1 : 10);
    return [step.head(200, headers), step.write(part), step.sleep(10)];
  }
  const { beginning, content } = tongue.stream;
  const frames = where === 'beginning' ? beginning : [...beginning, ...content.slice(0, content.length / 2)];
  // A pause, so that what was said is on its way before the end is.
  return [head(true), ...frames.map((frame) => step.write(written(tongue, [frame]))), step.sleep(20)];
}

function written({ lineEnd }: Tongue, frames: Parameters<typeof sseText>[0]): string {
  return sseText(frames, lineEnd);
}

function framesOf({ beginning, content, ending }: Stream): Parameters<typeof sseText>[0] {
  return [...beginning, ...content, ...ending];
}

/** With comments and pings of the kind that proxies and servers send between events. */
function commented(tongue: Tongue): string {
  return framesOf(tongue.stream)
    .map((frame) => `: ping - 2026-11-25${tongue.lineEnd.repeat(2)}${written(tongue, [frame])}`)
    .join('');
}

function isStreamed(request: RecordedRequest): boolean {
  if (/:streamGenerateContent/.test(request.path)) return true;
  if (/:generateContent/.test(request.path)) return false;
  return (request.json() as { stream?: boolean }).stream === true;
}
