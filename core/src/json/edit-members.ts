import type { ScannedMember, SoundObject } from './scan-object.ts';
import type { Edit } from './splice.ts';

/** What becomes of members: the JSON text of the new value, or undefined to take the member out. */
export type MemberChanges = Readonly<Record<string, string | undefined>>;

/**
 * The edits, for one `splice`, that change members of a scanned object. A member that is there gets its new value where
 * it stands, a new one is put at the end, and commas come out right.
 *
 * @throws RangeError for a name that the scan was not asked for, or that occurs more than once: refuse such a body before.
 */
export function editMembers(scanned: SoundObject, changes: MemberChanges): Edit[] {
  const edits: Edit[] = [];
  const removed: ScannedMember[] = [];
  const added: string[] = [];
  for (const name of Object.keys(changes)) {
    const text = changes[name];
    if (!scanned.names.has(name))
      throw new RangeError(`The scan was not asked for the member ${JSON.stringify(name)}.`);
    if (scanned.duplicates.includes(name))
      throw new RangeError(`The member ${JSON.stringify(name)} occurs more than once.`);
    const member = scanned.members.get(name);
    if (member === undefined) {
      if (text !== undefined) added.push(`${JSON.stringify(name)}:${text}`);
    } else if (text === undefined) removed.push(member);
    else edits.push({ start: member.value.start, end: member.value.end, bytes: Buffer.from(text) });
  }
  if (removed.length > 0) edits.push(...removals(removed));
  if (added.length > 0) {
    const comma = scanned.count > removed.length ? ',' : '';
    edits.push({ start: scanned.close, end: scanned.close, bytes: Buffer.from(comma + added.join(',')) });
  }
  return edits;
}

/** One change alone. Several of them go through `editMembers` together: each must know of the others' commas. */
export function setMember(scanned: SoundObject, name: string, jsonText: string): Edit[] {
  return editMembers(scanned, { [name]: jsonText });
}

/** The same, to take a member out. */
export function removeMember(scanned: SoundObject, name: string): Edit[] {
  return editMembers(scanned, { [name]: undefined });
}

const NOTHING = new Uint8Array(0);

/** A run of members takes the comma behind it along; the run at the end, the one before it. */
function removals(members: readonly ScannedMember[]): Edit[] {
  const edits: Edit[] = [];
  const ordered = members.toSorted((one, other) => one.index - other.index);
  for (let from = 0, to = 0; from < ordered.length; from = ++to) {
    while (ordered[to + 1]?.index === (ordered[to] as ScannedMember).index + 1) to++;
    const first = ordered[from] as ScannedMember;
    const last = ordered[to] as ScannedMember;
    if (last.commaBehind !== -1) edits.push({ start: first.key, end: last.commaBehind + 1, bytes: NOTHING });
    else
      edits.push({
        start: first.commaBefore === -1 ? first.key : first.commaBefore,
        end: last.value.end,
        bytes: NOTHING,
      });
  }
  return edits;
}
