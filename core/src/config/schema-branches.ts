import type { ErrorObject } from 'ajv/dist/2020.js';

/**
 * The validator tells for each branch of an `anyOf` why it does not fit. Only one branch was meant: if one takes the
 * kind of value that is there, its errors stay; else the one error stays that names them all.
 */
export function withoutBranches(errors: readonly ErrorObject[]): ErrorObject[] {
  let kept = errors.filter(({ keyword }) => keyword !== 'if');
  for (const choice of errors.filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')) {
    const inside = kept.filter((error) => error !== choice && isWithin(error, choice));
    if (inside.length === 0) continue;
    const meant = closest(inside, choice);
    const dropped = new Set<ErrorObject>(
      meant === undefined ? inside : [choice, ...inside.filter((error) => !meant.includes(error))],
    );
    kept = kept.filter((error) => !dropped.has(error));
  }
  return kept;
}

/** A branch behind a reference tells the reference's path, so its place in the value must do. */
function isWithin(error: ErrorObject, choice: ErrorObject): boolean {
  if (error.schemaPath.startsWith(`${choice.schemaPath}/`)) return true;
  const here = error.instancePath === choice.instancePath || error.instancePath.startsWith(`${choice.instancePath}/`);
  return here && error.schemaPath.startsWith('#/$defs/') && !choice.schemaPath.startsWith('#/$defs/');
}

/** The errors of the branch with the fewest, of those that do not refuse the kind of value altogether. */
function closest(inside: readonly ErrorObject[], choice: ErrorObject): readonly ErrorObject[] | undefined {
  const groups = Object.values(Object.groupBy(inside, (error) => branchOf(error, choice)));
  const fitting = groups.filter(
    (group): group is ErrorObject[] =>
      group?.every(({ keyword, instancePath }) => !refuses.has(keyword) || instancePath !== choice.instancePath) ??
      false,
  );
  return fitting.toSorted((one, other) => one.length - other.length)[0];
}

const refuses = new Set(['type', 'enum', 'const']);

function branchOf(error: ErrorObject, choice: ErrorObject): string {
  if (!error.schemaPath.startsWith(choice.schemaPath)) return error.schemaPath.split('/')[2] ?? '';
  return error.schemaPath.slice(choice.schemaPath.length + 1).split('/')[0] ?? '';
}
