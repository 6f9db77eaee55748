const NEW_LINE = 0x0a;
const eventName = Buffer.from('event:');
const typeMember = Buffer.from('"type":"response.');

/**
 * Finds an event's type in its bytes: by its line, or by the first of its members that can be one. An event that begins
 * as the one before did, as nearly all do, has the same type: one look at each byte tells.
 */
export class EventHead {
  /** The line of the last event that had one. */
  #line: Uint8Array = new Uint8Array();
  #type = '';

  /** Nothing where only reading the event can tell. */
  typeOf(bytes: Buffer): string | undefined {
    if (this.#isSame(bytes)) return this.#type;
    if (bytes.subarray(0, eventName.length).equals(eventName)) return this.#named(bytes);
    const at = bytes.indexOf(typeMember);
    if (at === -1) return undefined;
    const start = at + '"type":"'.length;
    return bytes.toString('latin1', start, bytes.indexOf('"', start));
  }

  #isSame(bytes: Buffer): boolean {
    const line = this.#line;
    if (line.length === 0 || bytes.length < line.length) return false;
    for (let at = line.length - 1; at >= 0; at--) if (bytes[at] !== line[at]) return false;
    return true;
  }

  #named(bytes: Buffer): string {
    const end = bytes.indexOf(NEW_LINE);
    const line = bytes.subarray(0, end === -1 ? bytes.length : end + 1);
    this.#line = Uint8Array.from(line);
    this.#type = line.toString('latin1', eventName.length).trim();
    return this.#type;
  }
}
