const megabyte = 1024 * 1024;

const words = 'the quick brown fox jumps over the lazy dog while many quiet rivers run to the sea '.repeat(20);

function chat(messages: readonly unknown[], more: object = {}): Buffer {
  return Buffer.from(JSON.stringify({ model: 'bench', messages, ...more }));
}

const user = (content: unknown): object => ({ role: 'user', content });

function repeated(text: string, bytes: number): string {
  return text.repeat(Math.ceil(bytes / text.length)).slice(0, bytes);
}

/** What is asked, by scenario. */
export const bodies = {
  small: chat([user('A short question?')]),
  prose: chat(Array.from({ length: 20 }, () => user(repeated(words, megabyte / 20)))),
  image: chat([
    user([
      {
        type: 'image_url',
        image_url: { url: `data:image/png;base64,${repeated('iVBORw0KGgoAAAANSUhEUgAA', megabyte)}` },
      },
    ]),
  ]),
  code: chat(
    Array.from({ length: 40 }, () => user(repeated('if (a["b"] !== "c\\n") {\n\treturn d["e"];\n}\n', megabyte / 50))),
  ),
  many: chat(Array.from({ length: 4200 }, (_, at) => user(`message ${at}: ${repeated(words, 190)}`))),
  stream: chat([user('A short question?')], { stream: true, stream_options: { include_usage: true } }),
  paced: chat([user('A short question?')], { stream: true, stream_options: { include_usage: true }, user: 'pace-2' }),
  idle: chat([user('A short question?')], { stream: true, user: 'idle' }),
  responses: Buffer.from(JSON.stringify({ model: 'bench', input: 'A short question?', stream: true })),
} as const;

/** A scenario's name. */
export type BodyName = keyof typeof bodies;
