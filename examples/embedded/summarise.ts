import { collectBytes, type Gateway } from '@tapgate/core';

/** The program's own question to a model: through every plugin of the gateway, and through no socket. */
export async function summarise(gateway: Gateway, text: string): Promise<string> {
  const answer = await gateway.handle({
    dialect: 'openai-chat',
    path: '/v1/chat/completions',
    headers: new Map([['content-type', 'application/json']]),
    body: Buffer.from(JSON.stringify({ model: 'assistant', messages: [{ role: 'user', content: text }] })),
  });
  const bytes = await collectBytes(answer.bytes);
  if (answer.status !== 200) throw new Error(`The gateway says ${answer.status}.`);
  const { choices } = JSON.parse(Buffer.from(bytes).toString()) as { choices: { message: { content: string } }[] };
  return choices[0]?.message.content ?? '';
}
