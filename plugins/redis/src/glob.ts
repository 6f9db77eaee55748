/** A text as a pattern that matches it alone. */
export function literally(text: string): string {
  return text.replaceAll(/[\\*?[\]^-]/g, String.raw`\$&`);
}
