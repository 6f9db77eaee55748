import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LanguageModelV4FilePart } from '@ai-sdk/provider';
import { asV3 } from './as-v3.ts';

const file = (mediaType: string, data: LanguageModelV4FilePart['data']): LanguageModelV4FilePart => ({
  type: 'file',
  mediaType,
  data,
});
const url = new URL('https://file.example/a');

test('files are written as version 3 has them, and how much to think is left out', () => {
  const { prompt, ...rest } = asV3({
    reasoning: 'high',
    temperature: 0,
    prompt: [
      { role: 'system', content: 'Be brief.' },
      {
        role: 'user',
        content: [
          file('image/png', { type: 'data', data: 'AQID' }),
          file('application/pdf', { type: 'url', url }),
          file('text/plain', { type: 'text', text: 'Grüße' }),
        ],
      },
    ],
  });
  assert.deepEqual(rest, { temperature: 0 });
  const [, user] = prompt as any[];
  assert.deepEqual(
    user.content.map(({ data }: any) => data),
    ['AQID', url, Buffer.from('Grüße').toString('base64')],
  );
});

test('files of a result are told apart by what they are and where', () => {
  const value = [
    { type: 'text' as const, text: 'Here.' },
    file('image/png', { type: 'data', data: 'AQID' }),
    file('image/png', { type: 'url', url }),
    file('application/pdf', { type: 'data', data: new Uint8Array([1, 2, 3]) }),
    file('application/pdf', { type: 'url', url }),
  ];
  const result = {
    type: 'tool-result' as const,
    toolCallId: 'c',
    toolName: 'look',
    output: { type: 'content' as const, value },
  };
  const [{ content }] = asV3({ prompt: [{ role: 'tool', content: [result] }] }).prompt as any[];
  assert.deepEqual(content[0].output.value, [
    { type: 'text', text: 'Here.' },
    { type: 'image-data', data: 'AQID', mediaType: 'image/png' },
    { type: 'image-url', url: url.href },
    { type: 'file-data', data: 'AQID', mediaType: 'application/pdf' },
    { type: 'file-url', url: url.href },
  ]);
});
