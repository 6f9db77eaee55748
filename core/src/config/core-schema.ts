import { defaultConfig } from './config.ts';
import type { Schema } from './visit-schema.ts';

const { server, limits, upstream, log, unsupported } = defaultConfig;

/** A section: no key but these, and its defaults are there even when it is not. */
function section(description: string, properties: Readonly<Record<string, Schema>>): Schema {
  return { type: 'object', description, properties, additionalProperties: false, default: {} };
}

const count = (description: string, initial: number | undefined, minimum = 0, maximum?: number): Schema => ({
  type: 'integer',
  description,
  minimum,
  ...(maximum === undefined ? {} : { maximum }),
  ...(initial === undefined ? {} : { default: initial }),
});

const port = (description: string, initial: number, minimum = 0): Schema =>
  count(description, initial, minimum, 65_535);
const words = (description: string): Schema => ({
  type: 'array',
  items: { type: 'string', minLength: 1 },
  description,
});
const word = (description: string): Schema => ({ type: 'string', minLength: 1, description });

const serverSchema = section('How the gateway listens.', {
  host: { ...word('The address clients connect to; 0.0.0.0 is every one of this machine.'), default: server.host },
  port: port('The port clients connect to; 0 picks a free one.', server.port),
  adminHost: {
    ...word('The address of the listener for health, metrics and administration.'),
    default: server.adminHost,
  },
  adminPort: port('Its port; 0 picks a free one, -1 is no such listener.', server.adminPort, -1),
  maxBodyBytes: count('The largest request body.', server.maxBodyBytes, 1024),
  maxUnadmittedBytes: count(
    'All request bytes that callers not yet admitted may hold together.',
    server.maxUnadmittedBytes,
    1024,
  ),
  insecure: {
    type: 'boolean',
    description:
      'Allows an address beyond this machine although no plugin admits callers: everybody may spend your money.',
    default: server.insecure,
  },
  workers: count(
    'Processes that share the port; 1 is a single one. Limits of more than one need a store that they share.',
    server.workers,
    1,
    1024,
  ),
  drainMs: count('How long open requests may go on after SIGTERM.', server.drainMs),
  trustedProxies: {
    ...words('CIDR blocks of proxies whose "x-forwarded-for" is believed.'),
    default: server.trustedProxies,
  },
  sessionHeaders: {
    ...words('Headers whose value groups requests for affinity, beside the well-known ones.'),
    default: server.sessionHeaders,
  },
});

const limitsSchema = section('What core itself allows a request. Plugins may ask for less.', {
  deadlineMs: count('From the first header to the last byte of the answer.', limits.deadlineMs, 1),
  attempts: count('Calls to providers for one request.', limits.attempts, 1, 100),
  tapTimeoutMs: count('How long a plugin may wait at one hook, unless it says otherwise.', limits.tapTimeoutMs, 1),
  heartbeatMs: count(
    'Silence after which a streaming client is sent a heartbeat; 0 is never. A heartbeat commits status 200.',
    limits.heartbeatMs,
  ),
});

const timeoutsSchema = section("How long each phase of a provider's answer may take; 0 is no limit.", {
  connectMs: count('Until the connection stands.', upstream.timeouts.connectMs),
  firstEventMs: count("From the request's last byte to the answer's first.", upstream.timeouts.firstEventMs),
  idleMs: count('Between two pieces of the answer.', upstream.timeouts.idleMs),
  totalMs: count("From the call to the answer's last byte.", upstream.timeouts.totalMs),
});

const upstreamSchema = section('How the gateway reaches providers.', {
  timeouts: timeoutsSchema,
  maxReplyBytes: count(
    'The largest answer that is not a stream of events, and the largest single event.',
    upstream.maxReplyBytes,
    1024,
  ),
  allowPrivate: {
    ...words('CIDR blocks or host names in private address space that may be reached.'),
    default: upstream.allowPrivate,
  },
  proxy: word('"environment" reads HTTP_PROXY, HTTPS_PROXY and NO_PROXY; a URL is used for all; absent is none.'),
  certificateAuthorities: {
    ...words('PEM files of further certificate authorities.'),
    default: upstream.certificateAuthorities,
  },
  maxConnections: count('Sockets for each host and credential; absent is no bound.', undefined, 1),
});

const logSchema = section('What is logged. Never a prompt, an answer or a key.', {
  level: {
    enum: ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
    description: 'The least important line that is written.',
    default: log.level,
  },
});

/** Which exchanges a plugin meets, as `When` in `plugin.ts`. */
export const whenSchema: Schema = {
  type: 'object',
  description: 'Which requests the plugin meets; absent: all. Every condition must fit, and within one, any entry.',
  properties: {
    models: words('Public model names; "*" at the end matches the rest.'),
    keys: words('Ids of callers.'),
    dialects: words('Dialects that clients speak.'),
  },
  additionalProperties: false,
  minProperties: 1,
};

/** A plugin's id, which for a provider is the name before the slash in `provider/model`. */
export const idPattern = '^[A-Za-z0-9][\\w.:-]*$';

/** One plugin, written out. */
export const pluginSchema: Schema = {
  type: 'object',
  description: 'One plugin to load.',
  properties: {
    use: word('A package ("@tapgate/echo"), its short name ("echo"), or a file ("./my-plugin.ts").'),
    id: {
      type: 'string',
      pattern: idPattern,
      description: 'Its name here; the provider\'s name in "provider/model". Absent: the plugin\'s own name.',
    },
    options: { type: 'object', description: "What the plugin's own schema says." },
    when: whenSchema,
  },
  required: ['use'],
  additionalProperties: false,
};

const holdSchema: Schema = {
  type: 'object',
  description: "How much of a stream's beginning is held back, so that an early failure can still be recovered.",
  properties: {
    events: count('Events with content.', undefined, 1),
    bytes: count('Bytes.', undefined, 1),
    ms: count('Milliseconds.', undefined, 1),
  },
  additionalProperties: false,
  minProperties: 1,
};

/** One target, written out. */
export const targetSchema: Schema = {
  type: 'object',
  description: 'A provider, a model there, and how to use it.',
  properties: {
    provider: { type: 'string', pattern: '^[^/#]+$', description: 'The id of the plugin that brings the provider.' },
    model: word('The model, as the provider names it.'),
    credential: word("One of the provider's credentials, by name; absent is its first."),
    weight: {
      type: 'number',
      minimum: 0,
      description: 'Its share among the targets, where a plugin balances by weight.',
    },
    parameters: {
      type: 'object',
      description: "Fields of the request, in the target's dialect, that override the client's.",
    },
    patienceMs: count('Time to the first content after which the next target may be asked beside it.', undefined, 1),
    hold: holdSchema,
    labels: {
      type: 'object',
      additionalProperties: { type: 'string' },
      description: 'Facts that a policy may choose by: region, retention, tier.',
    },
  },
  required: ['provider', 'model'],
  additionalProperties: false,
};

/** One model, written out. */
export const modelSchema: Schema = {
  type: 'object',
  description: 'What can serve the model.',
  properties: {
    targets: {
      type: 'array',
      items: targetSchema,
      minItems: 1,
      description: 'What can serve it, in the order of preference.',
    },
    unsupported: unsupportedSchema('As the top-level "unsupported", for this model.'),
    heartbeatMs: count('As "limits.heartbeatMs", for this model.', undefined),
    deadlineMs: count('As "limits.deadlineMs", for this model.', undefined, 1),
    hidden: { type: 'boolean', description: 'Served, but not listed.' },
    displayName: word('Its name for people, where models are listed.'),
  },
  required: ['targets'],
  additionalProperties: false,
};

function unsupportedSchema(description: string): Schema {
  return { enum: ['refuse', 'drop'], description };
}

/** The sections of a config in the order in which they are best read, every shorthand written out. */
export const sections: Readonly<Record<string, Schema>> = {
  server: serverSchema,
  plugins: { type: 'array', items: pluginSchema, description: 'What the gateway is made of.', default: [] },
  models: {
    type: 'object',
    additionalProperties: modelSchema,
    propertyNames: { minLength: 1 },
    description: 'Public names, and the targets that can serve each.',
    default: {},
  },
  unsupported: {
    ...unsupportedSchema(
      'What happens with a field that a target cannot do: a 400, or dropped and told in "x-tapgate-dropped".',
    ),
    default: unsupported,
  },
  limits: limitsSchema,
  upstream: upstreamSchema,
  log: logSchema,
};

/** A config written out, as it is validated. What people write is wider: see `composeSchema`. */
export const coreSchema: Schema = { type: 'object', properties: sections, additionalProperties: false };
