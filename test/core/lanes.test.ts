import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fakeUpstream, reply, step } from '@tapgate/test-kit';
import { ask, events, lineGateway, saying, tell } from './line-gateway.ts';

const sse = (text: string) => [step.head(200, { 'content-type': 'text/event-stream' }), step.write(text)];

test('a native stream goes through byte for byte', async () => {
  await using upstream = await fakeUpstream(sse(saying('one ', 'two')));
  const gateway = lineGateway([upstream.url]);
  const told = await tell(gateway, ask({ stream: true }));
  assert.equal(told.text, saying('one ', 'two'));
  assert.equal(told.status, 200);
  assert.equal(told.settlement.outcome, 'ok');
  assert.equal(told.settlement.usage.output, 2);
  assert.equal(told.headers.get('x-tapgate-provider'), 'a');
  assert.equal(told.headers.get('x-tapgate-model'), 'm');
  assert.equal(told.headers.get('x-tapgate-attempts'), '1');
  await gateway.close();
});

test('a whole native answer goes through byte for byte, with its length', async () => {
  const body = ' [ {"text":"hi"},{"usage":1},{"end":true} ]\n';
  await using upstream = await fakeUpstream([step.head(200, { 'content-type': 'application/json' }), step.write(body)]);
  const gateway = lineGateway([upstream.url]);
  const told = await tell(gateway, ask());
  assert.equal(told.text, body);
  assert.equal(told.headers.get('content-length'), String(body.length));
  await gateway.close();
});

test('another dialect is translated, streamed and whole', async () => {
  await using upstream = await fakeUpstream((request) =>
    JSON.parse(request.body.toString()).stream === true
      ? sse(saying('x', 'y'))
      : reply.json(200, [{ text: 'xy' }, { usage: 2 }, { end: true }]),
  );
  const gateway = lineGateway([upstream.url]);
  for (const stream of [true, false]) {
    const told = await tell(gateway, ask({ stream }, { dialect: 'other' }));
    assert.equal(told.said, 'xy');
    assert.equal(told.settlement.outcome, 'ok');
    assert.equal(told.settlement.usage.output, 2);
  }
  await gateway.close();
});

test('an upstream that ends without its end mark is an error in the stream, and its outcome says so', async () => {
  await using upstream = await fakeUpstream(sse(events({ text: 'half' })));
  const gateway = lineGateway([upstream.url]);
  for (const dialect of ['line', 'other']) {
    const told = await tell(gateway, ask({ stream: true }, { dialect }));
    assert.equal(told.said, 'half');
    assert.match(told.text, /UPSTREAM_TRUNCATED/);
    assert.equal(told.settlement.outcome, 'upstream-truncated');
  }
  await gateway.close();
});

test('an error before the first content has its true status, though the upstream said 200', async () => {
  await using upstream = await fakeUpstream(sse(events({ error: 'no' })));
  const gateway = lineGateway([upstream.url]);
  for (const dialect of ['line', 'other']) {
    const told = await tell(gateway, ask({ stream: true }, { dialect }));
    assert.equal(told.status, 502);
    assert.equal(told.settlement.outcome, 'upstream-error');
  }
  await gateway.close();
});
