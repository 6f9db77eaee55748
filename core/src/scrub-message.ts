/** What a client may read of an upstream's own words, characters. */
const maxLength = 400;

/** Shapes of credentials, and of what vendors call accounts by. */
const shapes: readonly (readonly [shape: RegExp, instead: string])[] = [
  [/\b(bearer|basic|api-key)\s+[\w.~+/=-]{8,}/gi, '$1 [secret]'],
  [/([?&](?:key|api[-_]?key|access_token|token|sig|signature)=)[^\s&"']+/gi, '$1[secret]'],
  [/(\/\/)[^\s/@:]+:[^\s/@]+@/g, '$1[secret]@'],
  [
    /\b(?:sk|pk|rk|gsk|xai|hf|pplx|csk|nvapi|tgp|fw|key|r8|glpat|ghp|gho|github_pat|AKIA|ASIA|AIza|AQ)[-_.]?[\w*.-]{16,}/g,
    '[secret]',
  ],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, '[secret]'],
  [
    /\b(api[-_ ]?key|secret|token|password|credential)(\s*(?:provided|is|was|[:=])+\s*:?\s*["']?)[\w*.+/-]{6,}/gi,
    '$1$2[secret]',
  ],
  [/\b(?:org|proj|acct|user)[-_][A-Za-z0-9]{16,}\b/g, '[account]'],
];

/**
 * An upstream's message without what looks like a credential or an account, on one line, and no longer than 400
 * characters. Vendors echo fragments of keys when they refuse them.
 */
export function scrubMessage(message: string): string {
  let text = message
    .slice(0, maxLength * 10)
    .replaceAll(/\s+/g, ' ')
    .trim();
  for (const [shape, instead] of shapes) text = text.replaceAll(shape, instead);
  if (text.length <= maxLength) return text;
  const cut = text.slice(0, maxLength - 1);
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`;
}
