/** A JSON object whose members nobody has looked at yet. */
export type Members = Readonly<Record<string, unknown>>;

export function objectOf(value: unknown): Members | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : undefined;
}

export function listOf(value: unknown): readonly unknown[] | undefined {
  return Array.isArray(value) ? (value as readonly unknown[]) : undefined;
}

/** The text, or nothing where it is none or empty. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export const isText = (value: unknown): value is string => typeof value === 'string';

/** Whether it is a whole number from 0 on. */
export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether it is absent or null. */
export const isNothing = (value: unknown): boolean => value === undefined || value === null;

/** The object that the text says, or nothing where it says none. */
export function parsedObject(text: string): Members | undefined {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** The whole body as an object, whatever it came as. */
export function bodyObject(body: unknown): Members | undefined {
  if (typeof body === 'string') return parsedObject(body);
  return body instanceof Uint8Array ? parsedObject(Buffer.from(body).toString('utf8')) : objectOf(body);
}
