// Where a request comes from, as limits count it. Kept only in memory, never stored: an address is personal data.

/**
 * @param ip from Fastify: that of the connection, or what a trusted proxy reports
 * @returns the address; for IPv6 the 64-bit network, because one machine may use as many addresses of it as it likes
 */
export function countedAddress(ip: string): string {
  if (!ip.includes(':')) return ip;
  const [plain = ''] = ip.toLowerCase().split('%', 1);
  const mapped = plain.slice(plain.lastIndexOf(':') + 1);
  if (plain.startsWith('::ffff:') && mapped.includes('.')) return mapped;
  const [head = '', tail] = plain.split('::', 2);
  const groups = (part: string) => part.split(':').filter((group) => group !== '');
  const first = groups(head);
  const last = groups(tail ?? '');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  const all = [...first, ...Array.from({ length: zeros }, () => '0'), ...last];
  return `${all.slice(0, 4).join(':')}::/64`;
}
