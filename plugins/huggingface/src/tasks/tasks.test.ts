import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyOf, coreErrors, type GatewayError, type Incoming, seen } from '@tapgate/core';
import { huggingfaceTasks } from './huggingface-tasks.ts';
import { taskIn, taskPath } from './model-path.ts';
import { TaskObserver } from './task-observer.ts';

const incoming = (path: string, body: string | Buffer, contentType = 'application/json'): Incoming => ({
  operation: 'task',
  path: `/hf-inference/models/${path}`,
  query: '',
  headers: new Map([['content-type', contentType]]),
  body: bodyOf(Buffer.from(body)),
});

test('the model is in the path, with the pipeline behind it', () => {
  assert.deepEqual(taskIn('/hf-inference/models/org/name'), { model: 'org/name', pipeline: '' });
  assert.deepEqual(taskIn('/hf-inference/models/org%2Fname/'), { model: 'org/name', pipeline: '' });
  assert.deepEqual(taskIn('/hf-inference/models/huggingface/org/name/pipeline/sentence-similarity'), {
    model: 'huggingface/org/name',
    pipeline: '/pipeline/sentence-similarity',
  });
  // What is counted at its own address must not be had uncounted here.
  for (const path of ['org/name/v1/chat/completions', 'org/name/v1', 'v1/completions', '', '/', '%zz']) {
    assert.throws(() => taskIn(`/hf-inference/models/${path}`), { code: 'ROUTE_UNKNOWN' }, path);
  }
});

test('a model’s name leads nowhere else', () => {
  assert.equal(taskPath('org/na.me-1', '/pipeline/x'), '/hf-inference/models/org/na.me-1/pipeline/x');
  for (const model of ['../x', 'a/..', '.', 'a/b/c', 'a b', 'a?x', 'a#b', 'a%2fb', '/a', 'a/', '', 'a\r\nb']) {
    assert.throws(
      () => taskPath(model, ''),
      (error: GatewayError) => error.code === 'MODEL_UNKNOWN',
      model,
    );
  }
});

test('only JSON can ask for a stream, and any bytes go on as they came', () => {
  assert.equal(huggingfaceTasks.peek(incoming('m', '{"inputs":"a","stream":true}')).streamed, true);
  assert.equal(huggingfaceTasks.peek(incoming('m', '{"inputs":"\\"stream\\":true"}')).streamed, false);
  const sound = Buffer.from([0xff, 0xfb, 0, 1]);
  const request = incoming('m', sound, 'audio/mpeg');
  assert.equal(huggingfaceTasks.peek(request).streamed, false);
  const wanted = { operation: 'task', model: 'org/m', streamed: false, able: {}, headers: request.headers, query: '' };
  const written = huggingfaceTasks.nativeRequest(request, { ...wanted, path: request.path });
  assert.equal(written.body, request.body);
  assert.deepEqual([written.path, written.headers.get('content-type')], ['/hf-inference/models/org/m', 'audio/mpeg']);
});

const good = seen.content | seen.terminal;

test('answers of every form are whole, and cut ones and errors are not', () => {
  const whole = (text: string): readonly unknown[] => {
    const observer = new TaskObserver();
    return [observer.whole(Buffer.from(text)), observer.error?.kind, observer.usage?.output];
  };
  for (const text of ['[[{"label":"POSITIVE","score":0.9}]]', '{"text":"hello"}', '[0.1,0.2]', 'plain words', '"a"'])
    assert.deepEqual(whole(text), [good, undefined, undefined], text);
  for (const text of ['[[0.1,', '{"text":"hel', '{"a"}']) assert.equal(whole(text)[0], seen.broken, text);
  assert.deepEqual(whole('{"error":"Input is too long"}').slice(0, 1), [seen.error]);
  assert.deepEqual(whole('{"error":"busy","error_type":"overloaded"}'), [seen.error, 'overloaded', undefined]);
  const generated = '{"generated_text":"x","details":{"generated_tokens":7,"prefill":[{},{}]}}';
  assert.deepEqual(whole(generated), [good, undefined, 7]);
  assert.deepEqual(whole(`[${generated}]`), [good, undefined, 7]);
});

test('a stream of generated text ends with the whole of it, and without it was cut off', () => {
  const observer = new TaskObserver();
  const event = (data: string): number => observer.event(Buffer.from(`data:${data}\n\n`));
  assert.equal(event('{"token":{"id":1,"text":"He"},"generated_text":null}'), seen.content);
  assert.equal(observer.complete, false);
  assert.equal(observer.event(Buffer.from(':\n\n')), 0);
  assert.equal(event('{"tok'), seen.broken);
  assert.equal(event('{"token":{},"generated_text":"Hello","details":{"generated_tokens":2,"input_length":5}}'), good);
  assert.deepEqual([observer.complete, observer.usage?.input, observer.usage?.output], [true, 5, 2]);
  const broken = new TaskObserver();
  const told = '{"error":"Request failed during generation","error_type":"generation"}';
  assert.equal(broken.event(Buffer.from(`data:${told}\n\n`)), seen.error);
  assert.equal(broken.error?.kind, 'server');
  const end = Buffer.from(broken.fail(coreErrors.UPSTREAM_TRUNCATED({ provider: 'hf' }))).toString();
  assert.match(end, /^data: \{"error":"The answer of .+","error_type":"upstream_truncated"\}\n\n$/);
});

test('errors are read in every form, with when a model that is loading may be there', () => {
  const read = (status: number, body: string): readonly unknown[] => {
    const { kind, message, retryAfterMs } = huggingfaceTasks.readError(status, new Map(), Buffer.from(body));
    return [kind, message, retryAfterMs];
  };
  assert.deepEqual(read(503, '{"error":"Model org/m is currently loading","estimated_time":20.5}'), [
    'overloaded',
    'Model org/m is currently loading',
    20_500,
  ]);
  assert.deepEqual(read(400, '{"error":"Model org/m is not supported by provider hf-inference."}')[0], 'not-found');
  assert.deepEqual(read(400, '{"error":["Error in `inputs`: field required"]}').slice(0, 2), [
    'invalid-request',
    'Error in `inputs`: field required',
  ]);
  assert.equal(read(422, '{"error":"Input validation error: bad","error_type":"validation"}')[0], 'invalid-request');
  assert.equal(read(422, 'Failed to deserialize the JSON body')[1], 'Failed to deserialize the JSON body');
  assert.equal(read(402, '{"error":"You have exceeded your monthly included credits"}')[0], 'quota');
  for (const time of ['-1', '1e999', '"soon"'])
    assert.equal(read(503, `{"error":"x","estimated_time":${time}}`)[2], undefined);
});
