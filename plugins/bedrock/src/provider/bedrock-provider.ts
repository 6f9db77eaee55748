import {
  type Attempt,
  type Capabilities,
  coreErrors,
  createHttpProvider,
  defined,
  editMembers,
  type Gateway,
  type Provider,
  type Reply,
  scanObject,
  type Secret,
  splice,
  type Timeouts,
  type UpstreamError,
  type UpstreamRequest,
} from '@tapgate/core';
import { knownBetas } from '../betas.ts';
import { dialectName } from '../dialect-name.ts';
import { isClaude, modelAbilities, vendorOf } from '../model-abilities.ts';
import { readError } from '../read-error.ts';
import { claudeReply } from './claude-reply.ts';
import { claudeDialect, claudeRequest } from './claude-request.ts';
import { type AccessKey, RequestSigner, signatureHeaders } from './sign-request.ts';
import { SigningClock } from './signing-clock.ts';

/** What every request and answer is to be held against. */
export interface Guardrail {
  readonly identifier: string;
  readonly version: string;
  readonly trace?: boolean;
}

/** A place that serves models, and as whom to ask there. */
export interface BedrockPlace {
  readonly name: string;
  readonly region: string;
  readonly baseUrl?: string;
  /** By name, in the order of their use: an access key that signs, or an API key. */
  readonly credentials: Readonly<Record<string, AccessKey | Secret>>;
  /** How Claude is asked: in its own API's words, or in those of all models. */
  readonly anthropic: 'invoke' | 'converse';
  readonly standsFor: Readonly<Record<string, string>>;
  readonly betas?: readonly string[];
  readonly betasAllowed?: readonly string[];
  readonly guardrail?: Guardrail;
  readonly models?: readonly string[];
  readonly timeouts?: Partial<Timeouts>;
}

const guardHeaders = {
  identifier: 'x-amzn-bedrock-guardrailidentifier',
  version: 'x-amzn-bedrock-guardrailversion',
  trace: 'x-amzn-bedrock-trace',
} as const;

/** Bedrock's runtime in one region. */
export function createBedrockProvider(gateway: Gateway, place: BedrockPlace): Provider {
  const { name, models, timeouts } = place;
  const clock = new SigningClock();
  const signers = signersOf(place);
  const secrets = Object.entries(place.credentials).map(([key, value]) => [key, secretOf(value)] as const);
  const meant = (model: string): string => place.standsFor[model] ?? model;
  const invokes = (model: string): boolean =>
    place.anthropic === 'invoke' && isClaude(meant(model)) && gateway.speaks(claudeDialect);

  const inner = createHttpProvider(gateway, {
    name,
    baseUrl: place.baseUrl ?? originOf(place.region),
    dialects: [dialectName, claudeDialect],
    credentials: Object.fromEntries(secrets),
    own: [...signatureHeaders, ...Object.values(guardHeaders)],
    capabilities: (model) => abilities(meant(model), invokes(model), place),
    serves: (operation, dialect) => operation === 'chat' || (operation === 'count-tokens' && dialect === claudeDialect),
    dialectFor: (model) => (invokes(model) ? claudeDialect : dialectName),
    sealRealm: (dialect, model) => sealRealm(name, dialect, meant(model)),
    readError: (...answer) => redacted(readError(...answer), place),
    exposes: ['x-amzn-requestid'],
    prepare: (request, attempt) => {
      const enveloped =
        attempt.dialect === claudeDialect ? claudeRequest(request, attempt, place.betasAllowed ?? knownBetas) : request;
      const guarded = place.guardrail === undefined ? enveloped : underGuard(enveloped, attempt, place.guardrail);
      const signer = signers.get(request.credential?.secret);
      return signer === undefined ? guarded : signer.sign(guarded, clock.now());
    },
    ...defined({ models, timeouts }),
  });

  const call = async (attempt: Attempt): Promise<Reply> => {
    let reply = await inner.call(attempt);
    if (reply.status === 403 && attempt.body.stream === undefined && clock.corrects(reply.headers)) {
      reply.bytes?.pipe({ data: () => {}, end: () => {}, fail: () => {} }).abort();
      reply = await inner.call(attempt);
    }
    return attempt.dialect === claudeDialect ? claudeReply(reply, attempt.operation, name) : reply;
  };
  return { ...inner, call };
}

/** Claude's signatures are the same on all platforms that serve it; what other models here seal is known to their makers alone. */
function sealRealm(name: string, dialect: string, model: string): string | undefined {
  if (dialect === claudeDialect || isClaude(model)) return 'anthropic';
  const vendor = vendorOf(model);
  return vendor === undefined ? undefined : `${name}/${vendor}`;
}

/** @see https://docs.aws.amazon.com/general/latest/gr/bedrock.html */
export function originOf(region: string): string {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return `https://bedrock-runtime.${region}.${domain}`;
}

function signersOf({ credentials, region }: BedrockPlace): ReadonlyMap<Secret | undefined, RequestSigner> {
  const signers = new Map<Secret | undefined, RequestSigner>();
  for (const credential of Object.values(credentials)) {
    if ('secretAccessKey' in credential)
      signers.set(credential.secretAccessKey, new RequestSigner(credential, { region, service: 'bedrock' }));
  }
  return signers;
}

function secretOf(credential: AccessKey | Secret): Secret {
  return 'secretAccessKey' in credential ? credential.secretAccessKey : credential;
}

/** What an error says, without anything of the operator's that it may quote. */
function redacted(said: UpstreamError, { credentials }: BedrockPlace): UpstreamError {
  const secrets = Object.values(credentials).flatMap((one): (Secret | undefined)[] =>
    'secretAccessKey' in one ? [one.secretAccessKey, one.sessionToken] : [one],
  );
  const message = secrets.reduce(
    (text, secret) => (secret === undefined ? text : text.replaceAll(secret.reveal(), '[secret]')),
    said.message,
  );
  return message === said.message ? said : { ...said, message };
}

function abilities(model: string, invoked: boolean, { betas, betasAllowed }: BedrockPlace): Capabilities {
  const told = defined({ betas, betasAllowed: betasAllowed ?? knownBetas });
  // What a Claude model can do is known to its own dialect; that this place searches no web is not.
  return invoked ? { ...told, webSearch: false } : { ...modelAbilities(model), ...told };
}

/** The request under the operator's guardrail, whatever the client says of one. */
function underGuard(request: UpstreamRequest, attempt: Attempt, guardrail: Guardrail): UpstreamRequest {
  const { identifier, version, trace = false } = guardrail;
  if (attempt.operation === 'count-tokens') return request;
  if (attempt.dialect === claudeDialect) {
    const headers = new Map(request.headers)
      .set(guardHeaders.identifier, identifier)
      .set(guardHeaders.version, version)
      .set(guardHeaders.trace, trace ? 'ENABLED' : 'DISABLED');
    return { ...request, headers };
  }
  const chunks = request.body?.chunks ?? [];
  const scanned = scanObject(chunks, ['guardrailConfig']);
  if (!scanned.valid) throw coreErrors.BODY_INVALID({ reason: scanned.error });
  const config = {
    guardrailIdentifier: identifier,
    guardrailVersion: version,
    trace: trace ? 'enabled' : 'disabled',
  };
  return { ...request, body: splice(chunks, editMembers(scanned, { guardrailConfig: JSON.stringify(config) })) };
}
