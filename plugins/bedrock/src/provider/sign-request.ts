import { createHash } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Body, Secret, UpstreamRequest } from '@tapgate/core';
import { Sha256 } from './sha256.ts';

/** An access key of the cloud's. */
export interface AccessKey {
  readonly accessKeyId: Secret;
  readonly secretAccessKey: Secret;
  readonly sessionToken?: Secret;
}

/** What a signature is good for. */
export interface SigningScope {
  readonly region: string;
  readonly service: string;
}

/** Headers that a signature adds to a request. */
export const signatureHeaders: readonly string[] = ['authorization', 'x-amz-date', 'x-amz-security-token'];

/** Names a hash of the body to the signer, which would otherwise make one of a single piece. It is not sent. */
const bodyHash = 'x-amz-content-sha256';

/**
 * Makes signatures with one access key. A request is signed as it will go out: its path escaped once more, its body's
 * final bytes, its host.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export class RequestSigner {
  readonly #key: AccessKey;
  readonly #signer: SignatureV4;

  constructor(key: AccessKey, { region, service }: SigningScope) {
    this.#key = key;
    this.#signer = new SignatureV4({
      region,
      service,
      sha256: Sha256,
      applyChecksum: false,
      credentials: () => Promise.resolve(this.#revealed()),
    });
  }

  async sign(request: UpstreamRequest, at: Date): Promise<UpstreamRequest> {
    const { protocol, hostname, host } = new URL(request.origin);
    const [path = '', query = ''] = request.path.split('?', 2);
    const headers: Record<string, string> = { host, [bodyHash]: hashOf(request.body) };
    for (const [name, value] of request.headers) if (isSigned(name)) headers[name] = value;
    const signed = await this.#signer.sign(
      {
        method: request.method,
        protocol,
        hostname,
        path,
        query: Object.fromEntries(new URLSearchParams(query)),
        headers,
      },
      { signingDate: at, unsignableHeaders: new Set([bodyHash]) },
    );
    const added = signatureHeaders.flatMap((name): [string, string][] => {
      const value = signed.headers[name];
      return value === undefined ? [] : [[name, value]];
    });
    return {
      ...request,
      headers: new Map([...request.headers, ...added]),
      credential: { secret: this.#key.secretAccessKey },
    };
  }

  #revealed(): { accessKeyId: string; secretAccessKey: string; sessionToken?: string } {
    const { accessKeyId, secretAccessKey, sessionToken } = this.#key;
    return {
      accessKeyId: accessKeyId.reveal(),
      secretAccessKey: secretAccessKey.reveal(),
      ...(sessionToken !== undefined && { sessionToken: sessionToken.reveal() }),
    };
  }
}

/** What must not be changed on the way; anything else belongs to the connection. */
function isSigned(name: string): boolean {
  return name === 'content-type' || name.startsWith('x-amz');
}

function hashOf(body: Body | undefined): string {
  const hash = createHash('sha256');
  for (const chunk of body?.chunks ?? []) hash.update(chunk);
  return hash.digest('hex');
}
