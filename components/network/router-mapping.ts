/**
 * Whether the router sends what one socket says through one port, whomever it is said to. Where it takes another port for
 * each partner (RFC 4787 calls the mapping address-dependent; "symmetric NAT"), the port that a STUN server saw is of no
 * use to anybody else, and direct links come about only with those who can be reached themselves.
 */

/** One way from outside, as a STUN server saw it, with the socket that it leads to as far as the browser says. */
export interface SeenWay {
  readonly address: string
  readonly port: number
  /** 0 where the browser keeps it to itself; then it uses one socket for each family of addresses. */
  readonly socketPort: number
}

/** `unknown`: fewer than two servers could be compared. */
export type RouterMapping = 'same' | 'varies' | 'unknown'

/** Two ports at one address for one socket are enough; that they are the same takes the word of at least two servers. */
export function mappingOf(ways: readonly SeenWay[], areServersComparable: boolean): RouterMapping {
  const ports = new Map<string, number>()
  for (const { address, port, socketPort } of ways) {
    const socket = `${address} ${socketPort}`
    if ((ports.get(socket) ?? port) !== port) return 'varies'
    ports.set(socket, port)
  }
  return areServersComparable && ways.length > 0 ? 'same' : 'unknown'
}

/** The machines that are asked over STUN, by name: another port of one machine tells nothing new. */
export function stunHosts(servers: readonly RTCIceServer[]): ReadonlySet<string> {
  const hosts = servers
    .flatMap(({ urls }) => urls)
    .flatMap((url) => /^stuns?:(\[[^\]]*\]|[^:?]+)/.exec(url)?.[1]?.toLowerCase() ?? [])
  return new Set(hosts)
}
