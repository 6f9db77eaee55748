import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Who can be at an address: anybody, only what its operator lists, or nobody whatever is listed. */
export type Reach = 'public' | 'private' | 'never';

function blocks(type: 'ipv4' | 'ipv6', subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', prefix = ''] = subnet.split('/');
    list.addSubnet(address, Number(prefix), type);
  }
  return list;
}

/** @see https://www.iana.org/assignments/iana-ipv4-special-registry */
const private4 = blocks('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]);

/** What hands out a machine's own credentials to whoever asks from it, at the large clouds. */
const metadata4 = blocks('ipv4', ['169.254.0.0/16', '100.100.100.200/32', '168.63.129.16/32', '192.0.0.192/32']);
const metadata6 = blocks('ipv6', ['fd00:ec2::254/128', 'fd20:ce::254/128']);

/** Everything in use on the internet is here, @see https://www.iana.org/assignments/ipv6-unicast-address-assignments */
const unicast6 = blocks('ipv6', ['2000::/3']);
const private6 = blocks('ipv6', ['2001::/23', '2001:db8::/32', '3fff::/20']);

/** How far an address reaches, in any of its spellings: an IPv6 form that stands for an IPv4 address is judged as that. */
export function reachOf(address: string): Reach {
  const inner = embeddedIn(address);
  if (isIPv4(inner)) {
    if (metadata4.check(inner, 'ipv4')) return 'never';
    return private4.check(inner, 'ipv4') ? 'private' : 'public';
  }
  if (!isIPv6(inner) || metadata6.check(inner, 'ipv6')) return 'never';
  return unicast6.check(inner, 'ipv6') && !private6.check(inner, 'ipv6') ? 'public' : 'private';
}

/** The IPv4 address that an IPv6 one stands for: mapped, translated, compatible, NAT64 or 6to4. Without one, the address without its zone. */
export function embeddedIn(address: string): string {
  const plain = address.split('%', 1)[0] ?? '';
  if (!isIPv6(plain)) return plain;
  const groups = groupsOf(plain);
  const [first, second, third] = groups;
  if (first === 0x2002) return dotted(second, third);
  const nat64 = first === 0x64 && second === 0xff9b && groups.slice(2, 6).every((group) => group === 0);
  const written = groups.slice(0, 6).join(':');
  const mapped = ['0:0:0:0:0:0', '0:0:0:0:0:65535', '0:0:0:0:65535:0'].includes(written);
  return nat64 || mapped ? dotted(groups[6], groups[7]) : plain;
}

function groupsOf(address: string): readonly number[] {
  const dots = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const hex = dots ? `${dots[1]}${pair(dots[2], dots[3])}:${pair(dots[4], dots[5])}` : address;
  const [head = '', tail = ''] = hex.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].map((group) => Number.parseInt(group, 16));
}

function pair(high = '0', low = '0'): string {
  return ((Number(high) << 8) | Number(low)).toString(16);
}

function dotted(high = 0, low = 0): string {
  return `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
}
