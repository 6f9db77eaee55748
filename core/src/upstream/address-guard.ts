import { lookup as systemLookup, type LookupAddress, type LookupAllOptions } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { embeddedIn, reachOf } from './address-reach.ts';

/** Looks a name up, all addresses at once: `dns.lookup`, or a test's own. */
export type Resolve = (
  hostname: string,
  options: LookupAllOptions,
  callback: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

/** The address is one that the gateway may not reach. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/** Names under which clouds serve metadata: a label of its own, or within the cloud's internal zone. */
const metadataName = /^(metadata|instance-data)(\.goog|(\.[a-z0-9-]+)*\.internal)?$/;

/**
 * Says where a connection may go, and says it when it is made: the name's addresses as they are resolved then, literal
 * addresses (for which nobody asks `lookup`), and where the socket really went. A check ahead of time would be of another answer.
 */
export class AddressGuard {
  readonly #resolve: Resolve;
  readonly #names = new Set<string>();
  readonly #blocks = new BlockList();
  #metadata: string | undefined;

  /** `allowPrivate`: CIDR blocks, addresses and host names in private space. Throws a `TypeError` for anything else. */
  constructor(allowPrivate: readonly string[], resolve: Resolve = systemLookup) {
    this.#resolve = resolve;
    for (const entry of allowPrivate) this.#allow(entry);
  }

  /**
   * Lets nothing through but one metadata address, spelt as an address: a name could be led elsewhere. Only for calls that are
   * made to fetch this machine's identity; see `UpstreamRequest.metadata`.
   */
  static forMetadata(hostname: string): AddressGuard {
    const guard = new AddressGuard([]);
    guard.#metadata = plainHost(hostname);
    return guard;
  }

  /** Whether a host may not be reached, as far as its spelling tells. A name is looked up later, by `lookup`. */
  refuses(hostname: string): boolean {
    const host = plainHost(hostname);
    if (isIP(host) !== 0) return !this.permits(host, host);
    if (isLocalhost(host)) return !this.permits('127.0.0.1', host) && !this.permits('::1', host);
    return metadataName.test(host);
  }

  /** Whether a connection to `hostname` may be to that address. */
  permits(address: string, hostname: string): boolean {
    const reach = reachOf(address);
    if (this.#metadata !== undefined)
      return reach === 'never' && isIP(this.#metadata) !== 0 && embeddedIn(address) === this.#metadata;
    if (reach !== 'private') return reach === 'public';
    return this.#names.has(plainHost(hostname)) || this.#lists(address) || this.#lists(embeddedIn(address));
  }

  /** A `lookup` for sockets that leaves out what may not be reached, and fails when nothing is left. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.#resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) {
        callback(error, '', 0);
        return;
      }
      const permitted = addresses.filter(({ address }) => this.permits(address, hostname));
      const [first] = permitted;
      if (!first) callback(new AddressRefused(`Every address of ${hostname} is private.`), '', 0);
      else if (options.all) callback(null, permitted);
      else callback(null, first.address, first.family);
    });
  };

  #lists(address: string): boolean {
    const plain = address.split('%', 1)[0] ?? '';
    return this.#blocks.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
  }

  #allow(entry: string): void {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(plainHost(address));
    const type = family === 6 ? 'ipv6' : 'ipv4';
    if (
      prefix !== undefined &&
      (family === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 6 ? 128 : 32))
    )
      throw new TypeError(`"${entry}" is no CIDR block.`);
    if (prefix !== undefined) this.#blocks.addSubnet(plainHost(address), Number(prefix), type);
    else if (family !== 0) this.#blocks.addAddress(plainHost(address), type);
    else if (/^[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?$/i.test(entry)) this.#names.add(plainHost(entry));
    else throw new TypeError(`"${entry}" is no host name, address or CIDR block.`);
  }
}

/**
 * What `allowPrivate` must hold for an origin whose host its operator wrote as a private address or as `localhost`: writing it
 * there is listing it. Empty for every other name, whatever it resolves to.
 */
export function privateHostOf(origin: string): readonly string[] {
  const host = URL.canParse(origin) ? plainHost(new URL(origin).hostname) : '';
  if (isIP(host) === 0) return isLocalhost(host) ? [host] : [];
  return reachOf(host) === 'private' ? [host] : [];
}

/**
 * What a call to a place that hands out this machine's own identity must say of the origin that its operator chose: a metadata
 * service where it is a literal metadata address, else as any other place.
 */
export function identityReach(origin: string): {
  readonly metadata?: true;
  readonly allowPrivate?: readonly string[];
} {
  const host = URL.canParse(origin) ? plainHost(new URL(origin).hostname) : '';
  return isIP(host) !== 0 && reachOf(host) === 'never' ? { metadata: true } : { allowPrivate: privateHostOf(origin) };
}

/** Loopback whatever a resolver says, @see https://www.rfc-editor.org/rfc/rfc6761#section-6.3 */
function isLocalhost(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost');
}

/** Lower case, without an address's brackets or a name's closing dot. */
function plainHost(hostname: string): string {
  return hostname
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}
