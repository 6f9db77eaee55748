import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChatEvent } from './canonical/events.ts';
import type { ChatRequest, Origin, Seal } from './canonical/request.ts';
import type { Provider } from './provider.ts';
import { SealRealms } from './seal-realms.ts';

const provider = (name: string, dialects: readonly string[], sealRealm?: Provider['sealRealm']): Provider => ({
  name,
  dialects,
  credentials: ['first', 'second'],
  capabilities: () => ({}),
  call: () => Promise.reject(new Error('not asked')),
  ...(sealRealm && { sealRealm }),
});
const realms = new SealRealms(
  new Map(
    [
      provider('plain', ['chat']),
      provider('maker', ['messages'], () => 'claude'),
      provider('cloud', ['converse', 'messages'], (_, model) => (model === 'claude-x' ? 'claude' : undefined)),
      provider('rival', ['messages', 'chat']),
    ].map((one) => [one.name, one]),
  ),
);

const seal = (origin: Origin, form: Seal['form'] = 'signature'): Seal => ({ origin, form, value: 'x' });
const requestWith = (one: Seal): ChatRequest => ({
  model: 'm',
  instructions: [],
  turns: [{ role: 'assistant', parts: [{ kind: 'reasoning', text: 'hm', seal: one }] }],
  tools: [],
  output: {},
  sampling: {},
  stream: false,
  wantUsage: true,
  ext: {},
});
const originFor = (one: Seal, realm: string, asked = 'messages', spoken = 'messages'): Origin | undefined => {
  const dialect = { name: asked } as Parameters<SealRealms['requestFor']>[3];
  const part = realms.requestFor(requestWith(one), realm, spoken, dialect).turns[0]?.parts[0];
  return part?.kind === 'reasoning' ? part.seal?.origin : undefined;
};

test('a realm is what its provider says, else the provider and the key', () => {
  const of = (name: string, credential?: string, model = 'm'): string =>
    realms.of({ provider: name, model, ...(credential !== undefined && { credential }) }, 'messages');
  assert.deepEqual(
    [
      of('plain'),
      of('plain', 'first'),
      of('plain', 'second'),
      of('maker', 'second'),
      of('cloud', undefined, 'claude-x'),
    ],
    ['plain', 'plain', 'plain#second', 'claude', 'claude'],
  );
});

test('the first provider that speaks a dialect is at home in it', () => {
  assert.deepEqual(
    ['chat', 'messages', 'converse', 'none'].map((one) => realms.home(one)),
    ['plain', 'claude', 'cloud', undefined],
  );
});

test('an untagged seal is of the realm at home, and a tagged one of that it names', () => {
  assert.deepEqual(originFor(seal({ dialect: 'messages' }), 'claude'), { dialect: 'messages' });
  assert.deepEqual(originFor(seal({ dialect: 'messages' }), 'rival'), { dialect: 'messages', realm: 'claude' });
  assert.deepEqual(originFor(seal({ dialect: 'messages', realm: 'rival' }), 'rival'), { dialect: 'messages' });
  assert.deepEqual(originFor(seal({ dialect: 'messages', realm: 'rival' }), 'claude')?.realm, 'rival');
  // What stands untagged in a client's dialect is of the realm at home there, whoever's form it has.
  assert.deepEqual(originFor(seal({ dialect: 'none' }), 'plain', 'none', 'chat'), { dialect: 'none' });
});

test('a seal that names a provider is of that one’s realm, and of nobody’s when it is no more', () => {
  assert.equal(originFor(seal({ dialect: 'messages', provider: 'maker' }), 'claude')?.realm, undefined);
  assert.equal(originFor(seal({ dialect: 'messages', provider: 'gone' }), 'claude')?.realm, '');
});

test('a signature is the same in every dialect of its realm; sealed data goes back in its own', () => {
  const from = { dialect: 'converse', provider: 'cloud', model: 'claude-x' };
  assert.equal(originFor(seal(from), 'claude')?.dialect, 'messages');
  assert.equal(originFor(seal(from, 'redacted'), 'claude')?.dialect, 'converse');
});

test('a request in which nothing changes is the very one', () => {
  const request = requestWith(seal({ dialect: 'messages' }));
  assert.equal(realms.requestFor(request, 'claude', 'messages', undefined), request);
});

test('of a reply the seals of another realm than that at home are said to be so', () => {
  const event: ChatEvent = { type: 'part-end', part: 'p', seal: seal({ dialect: 'messages', provider: 'rival' }) };
  assert.equal(realms.stamp('claude', 'messages'), undefined);
  assert.deepEqual(realms.stamp('rival', 'messages')?.(event), {
    ...event,
    seal: { ...event.seal, origin: { dialect: 'messages', provider: 'rival', realm: 'rival' } },
  });
  const other: ChatEvent = { type: 'part-end', part: 'p' };
  assert.equal(realms.stamp('rival', 'messages')?.(other), other);
});
