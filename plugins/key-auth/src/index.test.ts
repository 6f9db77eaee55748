import assert from 'node:assert/strict';
import { test } from 'node:test';
import { collectBytes, createGateway, type LiveGateway } from '@tapgate/core';
import echo from '@tapgate/echo';
import { openaiChat } from '@tapgate/openai';
import { pino } from 'pino';
import keyAuth, { commands, createKey, type StoredKey } from './index.ts';
import { keyId, sameHash } from './key.ts';
import { Tries } from './tries.ts';

const pepper = 'a pepper of some length';
const { key, id, hash } = createKey(pepper);

function gatewayWith(stored: Partial<StoredKey> = {}, maxTriesPerMinute = 20): LiveGateway {
  const gateway = createGateway({}, { log: pino({ level: 'silent' }) });
  gateway.dialect(openaiChat);
  gateway.use(echo, { paceMs: 0 });
  return gateway.use(keyAuth, { pepper, keys: [{ id, hash, owner: 'ann', ...stored }], maxTriesPerMinute });
}

async function asked(
  gateway: LiveGateway,
  credential: string | undefined,
  model = 'echo/echo',
  address = '',
): Promise<{ status: number; text: string }> {
  const headers = new Map(credential === undefined ? [] : [['authorization', `Bearer ${credential}`]]);
  const body = Buffer.from(JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }] }));
  const reply = await gateway.handle({ dialect: 'openai-chat', path: '/v1/chat/completions', headers, body, address });
  return { status: reply.status, text: Buffer.from(await collectBytes(reply.bytes)).toString() };
}

test('a good key is admitted as its owner', async () => {
  const gateway = gatewayWith();
  assert.equal((await asked(gateway, key)).status, 200);
  await gateway.close();
});

test('no key, a key of another form, an unknown, a wrong and an expired one are 401, and the last three alike to the letter', async () => {
  const gateway = gatewayWith();
  const expired = gatewayWith({ expires: '2020-01-01' });
  assert.equal((await asked(gateway, undefined)).status, 401);
  assert.equal((await asked(gateway, 'sk-something')).status, 401);
  const wrong = `${key.slice(0, -1)}${key.endsWith('A') ? 'B' : 'A'}`;
  const answers = [await asked(gateway, createKey(pepper).key), await asked(gateway, wrong), await asked(expired, key)];
  for (const answer of answers) assert.equal(answer.status, 401);
  const alike = new Set(answers.map(({ text }) => text.replaceAll(/[0-9a-f-]{36}/g, '')));
  assert.equal(alike.size, 1);
  await gateway.close();
  await expired.close();
});

test('a key is held to its models and dialects, by the name that was asked for', async () => {
  const models = gatewayWith({ models: ['echo/e*'] });
  assert.equal((await asked(models, key)).status, 200);
  assert.equal((await asked(models, key, 'echo/json')).status, 403);
  const dialects = gatewayWith({ dialects: ['other'] });
  assert.equal((await asked(dialects, key)).status, 403);
  await models.close();
  await dialects.close();
});

test('who guesses is told to wait, and others are not', async () => {
  const gateway = gatewayWith({}, 3);
  for (let tries = 0; tries < 3; tries += 1)
    assert.equal((await asked(gateway, createKey(pepper).key, 'echo/echo', '10.0.0.1')).status, 401);
  assert.equal((await asked(gateway, createKey(pepper).key, 'echo/echo', '10.0.0.1')).status, 429);
  assert.equal((await asked(gateway, key, 'echo/echo', '10.0.0.2')).status, 200);
  await gateway.close();
});

test('tries are forgotten after a minute, and are bounded', () => {
  let now = 0;
  const tries = new Tries(1, () => now);
  tries.fail('a');
  assert.ok(tries.waitMs('a') > 0);
  now = 60_001;
  assert.equal(tries.waitMs('a'), 0);
});

test('hostile credentials have no form, and hashes are compared whole', () => {
  for (const hostile of ["' OR 1=1", 'tg_', `tg_${'a'.repeat(70_000)}`, `${key}\u0000`, '{"$ne":1}', 'tg_12345678_é'])
    assert.equal(keyId(hostile), undefined);
  assert.equal(sameHash(hash, hash), true);
  assert.equal(sameHash(hash, hash.slice(0, -2)), false);
  assert.equal(sameHash('', ''), false);
});

test('keys create prints a key once, and lines that let it in', async () => {
  const out: string[] = [];
  const told: string[] = [];
  const io = {
    cwd: '/',
    env: { TAPGATE_KEY_PEPPER: pepper },
    stdin: process.stdin,
    stdout: { write: (text: string) => out.push(text) },
    stderr: { write: (text: string) => told.push(text) },
    loadConfig: () => Promise.reject(new Error('not asked')),
  };
  const create = commands[0];
  assert.equal(await create?.run(['--owner', 'bob', '--models', 'smart,cheap*'], io), 0);
  const made = out.join('').trim();
  const printed = told.join('');
  assert.match(printed, new RegExp(`id: ${keyId(made)}`));
  assert.doesNotMatch(printed, new RegExp(made));
  const stored = /hash: ([0-9a-f]{64})/.exec(printed)?.[1] ?? '';
  const gateway = createGateway({}, { log: pino({ level: 'silent' }) });
  gateway.dialect(openaiChat);
  gateway
    .use(echo, { paceMs: 0 })
    .use(keyAuth, { pepper, keys: [{ id: keyId(made) ?? '', hash: stored, owner: 'bob' }] });
  assert.equal((await asked(gateway, made)).status, 200);
  await gateway.close();
  assert.equal(await create?.run([], io), 64);
  assert.equal(await create?.run(['--owner', 'x', '--expires', 'soon'], io), 64);
});
