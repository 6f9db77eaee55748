import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { bodyOf, bytesOf, seen, type Incoming } from '@tapgate/core';
import { fixtures, fixturesFolder, inPieces, noFixtures } from '@tapgate/test-kit';
import { openaiChat } from '../chat/openai-chat.ts';
import { incoming, jsonOf, wanted } from '../chat/sample.test.ts';
import { convertEmbeddings } from './convert-embeddings.ts';
import { findMultipartModel, replaceMultipartModel } from './multipart.ts';

const contentType = 'multipart/form-data; boundary="--b 1"';

function form(parts: readonly (readonly [head: string, value: string | Buffer])[]): Buffer {
  const pieces = parts.flatMap(([head, value]) => [
    `----b 1\r\nContent-Disposition: form-data; ${head}\r\n\r\n`,
    value,
    '\r\n',
  ]);
  return Buffer.concat([...pieces, '----b 1--\r\n'].map((piece) => Buffer.from(piece as string)));
}

const file = Buffer.from([0, 255, 13, 10, 45, 45, 98, 13, 10, 13, 10, 0]);
const filePart = ['name="file"; filename="a \\"model\\".mp3"\r\nContent-Type: audio/mpeg', file] as const;
const modelPart = ['name="model"', 'alias'] as const;

suite('forms', () => {
  test('the model in a form is found and replaced, wherever it stands and however the body is cut', () => {
    for (const parts of [
      [modelPart, filePart],
      [filePart, modelPart],
      [filePart, modelPart, ['name="language"', 'en'] as const],
    ]) {
      const bytes = form(parts);
      const expected = form(
        parts.map((part) => (part === modelPart ? (['name="model"', 'whisper-1-large'] as const) : part)),
      );
      for (const size of [1, 3, 7, 50, bytes.length]) {
        const body = bodyOf(...inPieces(bytes, size));
        const found = findMultipartModel(body.chunks, contentType);
        assert.equal(typeof found === 'object' && found.model, 'alias');
        const replaced = replaceMultipartModel(body, contentType, 'whisper-1-large');
        assert.deepEqual(Buffer.from(bytesOf(replaced)), expected);
        assert.equal(replaced.length, expected.length);
      }
    }
  });

  test('a beginning without the model says that more must come, and a form without it that there is none', () => {
    const bytes = form([filePart, modelPart]);
    const at = bytes.indexOf('alias');
    for (let length = 0; length < at; length += 5)
      assert.equal(findMultipartModel([bytes.subarray(0, length)], contentType), 'more');
    assert.equal(findMultipartModel([form([filePart])], contentType), 'none');
    assert.equal(findMultipartModel([bytes], 'application/json'), 'none');
    assert.equal(findMultipartModel([bytes], 'multipart/form-data'), 'none');
  });

  test('a file is not taken for the model, whatever its name', () => {
    const bytes = form([['name="model"; filename="model"', 'evil'], ['name="x"', 'name="model"\r\n\r\nno'], modelPart]);
    const found = findMultipartModel([bytes], contentType);
    assert.equal(typeof found === 'object' && found.model, 'alias');
  });

  test('a long upload goes on as a stream behind what has come', async () => {
    const bytes = form([modelPart, filePart]);
    const cut = bytes.indexOf('audio/mpeg');
    const rest = async function* (): AsyncGenerator<Uint8Array> {
      yield bytes.subarray(cut);
    };
    const body = { chunks: [bytes.subarray(0, cut)], length: bytes.length, stream: rest() };
    const { stream, chunks, length } = replaceMultipartModel(body, contentType, 'w');
    const out: Uint8Array[] = [];
    for await (const chunk of stream ?? []) out.push(chunk);
    const expected = form([['name="model"', 'w'], filePart]);
    assert.deepEqual([Buffer.concat(out), chunks, length], [expected, [], expected.length]);
  });

  test('peek says whether more of a form must come', () => {
    const bytes = form([filePart, modelPart]);
    const of = (body: Incoming['body']): unknown =>
      openaiChat.peek({ ...incoming('{}', 'transcriptions', { 'content-type': contentType }), body });
    assert.deepEqual(of(bodyOf(bytes)), { model: 'alias', streamed: false });
    const stream = (async function* (): AsyncGenerator<Uint8Array> {})();
    assert.deepEqual(of({ chunks: [bytes.subarray(0, 40)], length: -1, stream }), {
      model: '',
      streamed: false,
      incomplete: true,
    });
  });

  test('the form goes out as it came, with its boundary', () => {
    const from = {
      ...incoming('{}', 'transcriptions', { 'content-type': contentType }),
      path: '/v1/audio/transcriptions',
      body: bodyOf(form([modelPart, filePart])),
    };
    const { body, path, headers } = openaiChat.nativeRequest(
      from,
      wanted({}, { operation: 'transcriptions', model: 'whisper' }),
    );
    assert.deepEqual([path, headers.get('content-type')], ['/audio/transcriptions', contentType]);
    assert.deepEqual(Buffer.from(bytesOf(body)), form([['name="model"', 'whisper'], filePart]));
  });
});

suite('embeddings', () => {
  const answer = (embedding: unknown): Buffer =>
    Buffer.from(
      JSON.stringify({
        object: 'list',
        data: [{ object: 'embedding', index: 0, embedding }],
        model: 'm',
        usage: { prompt_tokens: 2, total_tokens: 2 },
      }),
    );
  const embeddingIn = (bytes: Uint8Array): unknown => JSON.parse(Buffer.from(bytes).toString('utf8')).data[0].embedding;
  const asFloats = (base64: unknown): number[] => {
    const bytes = Buffer.from(String(base64), 'base64');
    return Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readFloatLE(at * 4));
  };

  test('numbers become the base64 that official clients decode, and back, without a bit lost', () => {
    const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(finite, { maxLength: 20 }), (numbers) => {
        const plain = numbers.map((number) => (Object.is(number, -0) ? 0 : number));
        const base64 = convertEmbeddings(answer(plain), 'base64');
        assert.deepEqual(asFloats(embeddingIn(base64)), plain);
        assert.deepEqual(embeddingIn(convertEmbeddings(base64, 'float')), plain);
      }),
    );
  });

  test('an answer in the form asked for is not touched', () => {
    for (const [bytes, form_] of [
      [answer([1, 2]), 'float'],
      [answer('AAAA'), 'base64'],
      [Buffer.from('not json'), 'float'],
    ] as const) {
      assert.equal(convertEmbeddings(bytes, form_), bytes);
    }
  });

  test('the client gets the vector in the form it asked for, whatever the upstream gives', () => {
    const finish = (encoding_format: string | undefined, bytes: Uint8Array): unknown =>
      embeddingIn(
        openaiChat.finishWhole?.(incoming({ model: 'm', input: 'x', encoding_format }, 'embeddings'), bytes) ?? bytes,
      );
    const numbers = [0.5, -0.25, 3];
    const base64 = Buffer.from(new Float32Array(numbers).buffer).toString('base64');
    assert.equal(finish('base64', answer(numbers)), base64);
    assert.equal(finish('base64', answer(base64)), base64);
    assert.deepEqual(finish('float', answer(base64)), numbers);
    assert.deepEqual(finish(undefined, answer(numbers)), numbers);
  });

  test('a target that gives numbers alone is asked for numbers', () => {
    const from = incoming({ model: 'm', input: 'x', encoding_format: 'base64' }, 'embeddings');
    const of = (able: object): unknown =>
      jsonOf(openaiChat.nativeRequest(from, wanted({ ...able }, { operation: 'embeddings' }))).encoding_format;
    assert.deepEqual([of({}), of({ embeddingsEncoding: 'float' })], ['base64', 'float']);
  });
});

suite('other operations', () => {
  test('every operation goes to its own path with the model’s name', () => {
    for (const { path, operation, method } of openaiChat.routes) {
      if (operation === 'chat' || operation === 'models') continue;
      const from = { ...incoming('{"model":"m","x":1.0}', operation), path };
      const written = openaiChat.nativeRequest(from, wanted({}, { operation, path }));
      assert.deepEqual([written.path, written.method], [path.slice(3), method]);
      assert.equal(Buffer.from(bytesOf(written.body)).toString('utf8'), '{"model":"the-model","x":1.0}');
    }
  });

  test('models are listed, or one of them, or none of that name', () => {
    const models = [{ id: 'a/b', ownedBy: 'o', created: 1, contextWindow: 10 }];
    const of = (id?: string): unknown => {
      const { status, body } = openaiChat.writeModels?.(models, incoming(''), id) ?? { status: 0, body: '{}' };
      return [status, JSON.parse(body)];
    };
    const model = { id: 'a/b', object: 'model', created: 1, owned_by: 'o', context_length: 10 };
    assert.deepEqual(of(), [200, { object: 'list', data: [model] }]);
    assert.deepEqual(of('a/b'), [200, model]);
    assert.deepEqual((of('x') as [number, any])[0], 404);
  });

  const observe = (operation: string, text: string): unknown[] => {
    const observer = openaiChat.observer({ operation, streamed: false, wantUsage: true });
    const flags = observer.whole(Buffer.from(text));
    return [flags, observer.usage?.input, observer.usage?.output];
  };
  const good = seen.content | seen.terminal;

  test('usage is read from vectors, pictures and transcripts, and errors in answers of 200 are seen', () => {
    assert.deepEqual(observe('embeddings', '{"data":[],"usage":{"prompt_tokens":4,"total_tokens":4}}'), [good, 4, 0]);
    assert.deepEqual(observe('embeddings', '{"data":[],"usage":{"total_tokens":4}}'), [good, 4, 0]);
    assert.deepEqual(observe('images', '{"data":[],"usage":{"input_tokens":4,"output_tokens":9,"total_tokens":13}}'), [
      good,
      4,
      9,
    ]);
    assert.deepEqual(observe('transcriptions', 'WEBVTT\n\n00:01'), [good, undefined, undefined]);
    assert.deepEqual(observe('transcriptions', 'plain words'), [good, undefined, undefined]);
    assert.deepEqual(observe('embeddings', '{"error":{"message":"no"}}')[0], seen.error);
    assert.deepEqual(observe('embeddings', '{"data":[')[0], seen.broken);
  });

  test('a stream of pictures or speech ends by its last event', () => {
    const observer = openaiChat.observer({ operation: 'images', streamed: true, wantUsage: true });
    const event = (type: string): Buffer =>
      Buffer.from(`event: ${type}\ndata: {"type":"${type}","usage":{"input_tokens":1,"output_tokens":2}}\n\n`);
    assert.equal(observer.event(event('image_generation.partial_image')), seen.content);
    assert.equal(observer.complete, false);
    assert.equal(observer.event(event('image_generation.completed')), good);
    assert.equal(observer.usage?.output, 2);
  });

  test('the recorded answers pass', { skip: fixturesFolder() === undefined ? noFixtures : false }, () => {
    const operations = {
      'openai-embeddings': 'embeddings',
      'openai-images': 'images',
      'openai-audio': 'transcriptions',
      'openai-models': 'models',
    };
    for (const [dialect, operation] of Object.entries(operations)) {
      for (const { bytes, name } of fixtures({ dialect, ok: true })) {
        assert.equal(observe(operation, Buffer.from(bytes).toString('utf8'))[0], good, name);
      }
    }
  });
});
