import { ask, type Answered, type Answer, reply, type Script, step } from '@tapgate/test-kit';

const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
const whole = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_760_000_000,
  model: 'm',
  choices: [{ index: 0, message: { role: 'assistant', content: 'well' }, finish_reason: 'stop' }],
  usage,
};

/** A good answer, after a while. */
export function good(afterMs = 0): Script {
  const answer = reply.json(200, whole);
  return afterMs === 0 ? answer : [step.sleep(afterMs), ...answer];
}

/** Answers as the request's message says: `good`, `stream`, `stall`, `cut` or `500`. */
export const asAsked: Answer = (request) => {
  const { messages } = request.json() as { readonly messages: readonly { readonly content: string }[] };
  const chunk = (delta: object, more: object = {}): string =>
    `data: ${JSON.stringify({ ...whole, object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: null }], usage: null, ...more })}\n\n`;
  const beginning = chunk({ role: 'assistant', content: 'we' });
  const head = step.head(200, { 'content-type': 'text/event-stream' });
  switch (messages[0]?.content) {
    case 'stream':
      return [
        head,
        step.write(beginning),
        step.sleep(15),
        step.write(chunk({ content: 'll' }, { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })),
        step.write(chunk({}, { choices: [], usage })),
        step.write('data: [DONE]\n\n'),
      ];
    case 'stall':
      return reply.stall();
    case 'cut':
      return [head, step.write(beginning), step.sleep(5), step.reset()];
    case '500':
      return reply.json(500, { error: { message: 'no', type: 'server_error' } });
    default:
      return good(5);
  }
};

/** Asks for a model, and says what the upstream is to do. */
export function chat(
  url: string,
  model: string,
  content = 'good',
  more: { readonly headers?: Readonly<Record<string, string>>; readonly signal?: AbortSignal } = {},
): Promise<Answered> {
  const streamed = content === 'stream' || content === 'cut' || content === 'stall';
  const options = streamed ? { stream: true, stream_options: { include_usage: true } } : {};
  const body = { model, messages: [{ role: 'user', content }], ...options };
  return ask(`${url}/v1/chat/completions`, { body, ...more });
}
