import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { bodyOf, Secret, textBody, type UpstreamRequest } from '@tapgate/core';
import { modelPath } from '../model-path.ts';
import { RequestSigner, type SigningScope } from './sign-request.ts';

// The key and the time of the vendor's published examples.
const accessKeyId = new Secret('AKIDEXAMPLE');
const secretAccessKey = new Secret('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
const at = new Date('2015-08-30T12:36:00Z');
const scope: SigningScope = { region: 'us-east-1', service: 'service' };

const request = (more: Partial<UpstreamRequest> = {}): UpstreamRequest => ({
  provider: 'b',
  origin: 'https://example.amazonaws.com',
  path: '/',
  method: 'GET',
  headers: new Map(),
  signal: new AbortController().signal,
  ...more,
});

const signed = (more: Partial<UpstreamRequest> = {}, of: SigningScope = scope): Promise<UpstreamRequest> =>
  new RequestSigner({ accessKeyId, secretAccessKey }, of).sign(request(more), at);

const authorization = (headers: string, signature: string): string =>
  `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${headers}, Signature=${signature}`;

test('the vendor’s example get-vanilla has the signature that the vendor says', async () => {
  const { headers, credential } = await signed();
  assert.equal(
    headers.get('authorization'),
    authorization('host;x-amz-date', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'),
  );
  assert.equal(headers.get('x-amz-date'), '20150830T123600Z');
  assert.deepEqual(credential, { secret: secretAccessKey });
});

test('the vendor’s example post-vanilla has the signature that the vendor says', async () => {
  const { headers } = await signed({ method: 'POST' });
  assert.equal(
    headers.get('authorization'),
    authorization('host;x-amz-date', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'),
  );
});

test('the vendor’s example of a form has the signature that the vendor says, its body in one piece or in many', async () => {
  const expected = authorization(
    'content-type;host;x-amz-date',
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  );
  const headers = new Map([['content-type', 'application/x-www-form-urlencoded']]);
  for (const body of [textBody('Param1=value1'), bodyOf(Buffer.from('Param1='), Buffer.from('value1'))]) {
    const sent = await signed({ method: 'POST', headers, body });
    assert.equal(sent.headers.get('authorization'), expected);
  }
});

/** The signature by the vendor's own description, written out. */
function signatureOf(path: string, host: string, body: string, { region, service }: SigningScope): string {
  const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
  const mac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
  const twiceEncoded = path.split('/').map(encodeURIComponent).join('/');
  const canonical = ['POST', twiceEncoded, '', `host:${host}`, 'x-amz-date:20150830T123600Z', '', 'host;x-amz-date'];
  const place = `20150830/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', '20150830T123600Z', place, hash([...canonical, hash(body)].join('\n'))].join('\n');
  const key = [region, service, 'aws4_request'].reduce<Buffer>(
    (made, step) => mac(made, step),
    mac(`AWS4${secretAccessKey.reveal()}`, '20150830'),
  );
  return mac(key, text).toString('hex');
}

test('the path of a model is signed escaped once more, for an id with a version and for an ARN', async () => {
  const bedrock = { region: 'eu-central-1', service: 'bedrock' };
  for (const model of [
    'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
    'arn:aws:bedrock:eu-central-1:123456789012:application-inference-profile/abc123',
  ]) {
    const path = `${modelPath(model)}/converse`;
    assert.equal(path.includes(':') || path.split('/').length !== 4, false, path);
    const origin = 'https://bedrock-runtime.eu-central-1.amazonaws.com';
    const { headers } = await signed({ method: 'POST', origin, path, body: textBody('{"messages":[]}') }, bedrock);
    const expected = signatureOf(path, new URL(origin).host, '{"messages":[]}', bedrock);
    assert.equal(/Signature=(\w+)$/.exec(headers.get('authorization') ?? '')?.[1], expected, model);
  }
});

test('a temporary key signs its session too, and a port is part of the host', async () => {
  const signer = new RequestSigner({ accessKeyId, secretAccessKey, sessionToken: new Secret('session') }, scope);
  const { headers } = await signer.sign(request({ origin: 'http://127.0.0.1:8080' }), at);
  assert.equal(headers.get('x-amz-security-token'), 'session');
  assert.match(headers.get('authorization') ?? '', /SignedHeaders=host;x-amz-date;x-amz-security-token,/);
  assert.equal(headers.has('x-amz-content-sha256'), false);
});
