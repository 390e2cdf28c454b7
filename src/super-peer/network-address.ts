const IPV4_MAPPED = '::ffff:'
const IPV6_GROUPS = 8
const IPV6_GROUPS_COUNTED = 4

/**
 * What connections are counted by: an IPv4 address whole, an IPv6 address by its first 64 bits, since one customer
 * is given at least that many addresses.
 */
export function countedAddress(address: string | undefined): string {
  if (address === undefined) return 'unknown'
  if (address.startsWith(IPV4_MAPPED) && address.includes('.')) return address.slice(IPV4_MAPPED.length)
  if (!address.includes(':')) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const groups = head === '' ? [] : head.split(':')
  if (tail !== undefined) {
    const last = tail === '' ? [] : tail.split(':')
    while (groups.length + last.length < IPV6_GROUPS) groups.push('0')
    groups.push(...last)
  }
  return `${groups.slice(0, IPV6_GROUPS_COUNTED).join(':')}::/64`
}
