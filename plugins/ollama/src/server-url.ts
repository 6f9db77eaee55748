const PORT = '11434';

/**
 * Where a server is, from what people write for it: `host`, `host:port`, or an address. What a server listens on everywhere is
 * asked on this machine.
 *
 * @see https://docs.ollama.com/faq
 */
export function serverUrl(host: string): string {
  const written = host.trim().replace(/\/(?:(?:v1|api)\/?)?$/, '');
  const hasScheme = /^https?:\/\//i.test(written);
  const url = new URL(hasScheme ? written : `http://${written}`);
  // A host alone means the usual port; an address with a scheme means the scheme's.
  if (!hasScheme && url.port === '' && !written.endsWith(':80')) url.port = PORT;
  if (url.hostname === '0.0.0.0' || url.hostname === '[::]') url.hostname = '127.0.0.1';
  return url.href.replace(/\/$/, '');
}
