import { asNumber, asString, defined, isArray, isObject, parseObject, type Json, type JsonObject } from '@tapgate/core';

/** What an error body says, whatever its shape. */
export interface SaidError {
  readonly message: string;
  readonly code?: string;
  readonly type?: string;
  readonly param?: string;
  /** The status it names, which may be another than the answer's. */
  readonly status?: number;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
}

/** Reads an error of any shape that servers of this dialect have: nested, flat, a text, a list of complaints. */
export function readErrorShape(json: Json | undefined): SaidError | undefined {
  if (typeof json === 'string') return json.trim() === '' ? undefined : { message: json };
  if (isArray(json)) return json.map(readErrorShape).find((said) => said !== undefined);
  if (!isObject(json)) return undefined;
  const shape = shapes.find(([fits]) => fits(json));
  return shape?.[1](json);
}

type Shape = readonly [fits: (json: JsonObject) => boolean, read: (json: JsonObject) => SaidError | undefined];

const shapes: readonly Shape[] = [
  [(json) => isObject(json['error']), nested],
  [(json) => typeof json['error'] === 'string' && json['error'] !== '', bare],
  [(json) => isObject(json['base_resp']), minimal],
  [(json) => isArray(json['errors']) && json['errors'].length > 0, listed],
  [(json) => json['detail'] !== undefined, detailed],
  [(json) => isArray(json['error']), (json) => readErrorShape(json['error'])],
  [() => true, flat],
];

/** `{ error: { message, type, param, code } }`, with a vendor's own error inside where it only passes one on. */
function nested(json: JsonObject): SaidError | undefined {
  const error = json['error'] as JsonObject;
  const said = flat(error) ?? { message: '' };
  const inner = passedOn(error['metadata']);
  const message =
    inner === undefined || (said.message !== '' && !isEmptyTalk(said.message)) ? said.message : inner.message;
  const requestId = asString(json['request_id']) ?? said.requestId;
  const code = isModeration(error['metadata']) ? 'moderation_blocked' : said.code;
  return { ...said, message, ...defined({ requestId, code }) };
}

/** What a router tells of an input that it did not let through. */
function isModeration(metadata: Json | undefined): boolean {
  return isObject(metadata) && isArray(metadata['reasons']) && metadata['flagged_input'] !== undefined;
}

function isEmptyTalk(message: string): boolean {
  return /^(provider returned error|error|bad request|unknown error)\.?$/i.test(message.trim());
}

/** What the server behind the server said: `metadata.raw`, a text that may be JSON. */
function passedOn(metadata: Json | undefined): SaidError | undefined {
  const raw = isObject(metadata) ? metadata['raw'] : undefined;
  if (typeof raw !== 'string') return readErrorShape(raw);
  return readErrorShape(parseObject(raw) ?? raw);
}

/** `{ error: 'text', error_type | code }`. */
function bare(json: JsonObject): SaidError {
  const type = asString(json['error_type']) ?? asString(json['type']);
  return { message: json['error'] as string, ...codeOf(json), ...(type !== undefined && { type }) };
}

/** `{ base_resp: { status_code, status_msg } }`, where 0 is no error. */
function minimal(json: JsonObject): SaidError | undefined {
  const base = json['base_resp'] as JsonObject;
  const code = asNumber(base['status_code']);
  if (code === undefined || code === 0) return flat(json);
  return { message: asString(base['status_msg']) ?? '', code: String(code) };
}

/** `{ success: false, errors: [{ code, message }] }`. */
function listed(json: JsonObject): SaidError | undefined {
  return readErrorShape((json['errors'] as readonly Json[])[0]);
}

/** `{ detail: 'text' }`, or a list of `{ loc, msg, type }`. */
function detailed(json: JsonObject): SaidError | undefined {
  const { detail } = json;
  const [first] = isArray(detail) ? detail : [];
  if (!isObject(first) || typeof first['msg'] !== 'string') return readErrorShape(detail);
  const where = isArray(first['loc'])
    ? first['loc']
        .filter((step) => step !== 'body')
        .map(String)
        .join('.')
    : '';
  const type = asString(first['type']);
  return {
    message: where === '' ? first['msg'] : `${where}: ${first['msg']}`,
    ...(where !== '' && { param: where }),
    ...(type !== undefined && { type }),
  };
}

/** The members themselves: `{ message, type, param, code }`. */
function flat(json: JsonObject): SaidError | undefined {
  const text = json['message'] ?? json['msg'] ?? json['title'];
  const message = typeof text === 'string' ? text : (readErrorShape(text)?.message ?? '');
  const type = asString(json['type']);
  const param = asString(json['param']);
  const requestId = asString(json['request_id']);
  if (message === '' && type === undefined && json['code'] === undefined) return undefined;
  return {
    message,
    ...codeOf(json),
    ...(type !== undefined && { type }),
    ...(param !== undefined && { param }),
    ...statusOf(json),
    ...(requestId !== undefined && { requestId }),
    ...delayOf(json['details']),
  };
}

function codeOf(json: JsonObject): Pick<SaidError, 'code'> {
  const code = json['code'] ?? json['status'];
  if (typeof code === 'string' && code !== '') return { code };
  return typeof code === 'number' ? { code: String(code) } : {};
}

function statusOf(json: JsonObject): Pick<SaidError, 'status'> {
  for (const name of ['status_code', 'code', 'status']) {
    const status = Number(json[name] ?? Number.NaN);
    if (Number.isInteger(status) && status >= 400 && status <= 599) return { status };
  }
  return {};
}

/** How long to wait, where the body says so: `details: [{ retryDelay: '34.6s' }]`. */
function delayOf(details: Json | undefined): Pick<SaidError, 'retryAfterMs'> {
  for (const detail of isArray(details) ? details : []) {
    const delay = isObject(detail) ? asString(detail['retryDelay']) : undefined;
    const seconds = Number(/^([\d.]+)s$/.exec(delay ?? '')?.[1] ?? Number.NaN);
    if (!Number.isNaN(seconds)) return { retryAfterMs: Math.round(seconds * 1000) };
  }
  return {};
}
