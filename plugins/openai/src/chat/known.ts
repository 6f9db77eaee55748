/** An object's type when its members that are undefined are left out. */
export type Known<T> = { -readonly [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] } & {
  -readonly [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined>;
};

/** The object without its members that are undefined. */
export function known<T extends object>(object: T): Known<T> {
  const result: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(object)) if (value !== undefined) result[key] = value;
  return result as Known<T>;
}
