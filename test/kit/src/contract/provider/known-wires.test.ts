import assert from 'node:assert/strict';
import test from 'node:test';
import { validateChatReply } from '../../validate/chat-reply.ts';
import { validateGenerateReply } from '../../validate/generate-reply.ts';
import { validateMessagesReply } from '../../validate/messages-reply.ts';
import { validateResponsesReply } from '../../validate/responses-reply.ts';
import { knownWires } from './known-wires.ts';

const replies: Readonly<Record<string, (body: unknown) => readonly string[]>> = {
  'openai-chat': validateChatReply,
  'openai-responses': validateResponsesReply,
  'anthropic-messages': validateMessagesReply,
  'google-generate': validateGenerateReply,
};

for (const [dialect, wire] of Object.entries(knownWires)) {
  test(`the answers and errors that the kit gives in ${dialect} are valid`, () => {
    assert.deepEqual(wire.faultsOfStream(wire.streamed, { ended: 'ok', written: true }), []);
    assert.deepEqual(replies[dialect]?.(wire.whole), []);
    for (const status of [400, 401, 404, 429, 500]) {
      assert.deepEqual(wire.faultsOfError(status, JSON.stringify(wire.error(status, 'No.'))), [], String(status));
    }
    for (const bytes of [wire.whole, wire.streamed]) assert.ok(Buffer.from(bytes).toString('utf8').includes(wire.text));
  });
}
