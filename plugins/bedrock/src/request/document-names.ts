const MAX_NAME = 200;

/**
 * Gives documents the names that the API wants: letters, digits, single spaces, hyphens and brackets, and each name only
 * once in a conversation.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_DocumentBlock.html
 */
export class DocumentNames {
  readonly #taken = new Set<string>();

  take(name: string | undefined): string {
    const plain = (name ?? '')
      .replaceAll(/[^a-zA-Z0-9 \-()[\]]+/g, '-')
      .replaceAll(/ +/g, ' ')
      .replaceAll(/^[- ]+|[- ]+$/g, '')
      .slice(0, MAX_NAME - 8);
    const base = plain === '' ? 'document' : plain;
    let given = base;
    for (let again = 2; this.#taken.has(given); again += 1) given = `${base} (${again})`;
    this.#taken.add(given);
    return given;
  }
}
