/**
 * A session description in about 150 bytes instead of 1,000 (SDP, RFC 8866, of a connection with data channels only,
 * RFC 8841): small enough for a QR code, for a chat message and for a way through other peers. Only what differs between
 * two connections is written; the rest is a fixed text. What a stranger sends can therefore only fill in checked numbers.
 */
import { decode, Writer, type Reader } from '../base/codec.ts'
import { accepted, rejected, type Result } from '../base/result.ts'

/** Host addresses, one reflexive for each STUN server, a relay: what helps is among the first. */
export const CANDIDATES_MAX = 12
/** ICE allows 256 characters; browsers use 4 to 32. RFC 8839 wants at least 4 and 22. */
const UFRAG_CHARS = [4, 32] as const
const PASSWORD_CHARS = [22, 64] as const
const FINGERPRINT_BYTES = 32
const MDNS_BYTES = 16
/** Twelve candidates with IPv6 addresses. */
export const PACKED_DESCRIPTION_BYTES_MAX = 512

const CANDIDATE_TYPES = ['host', 'srflx', 'prflx', 'relay'] as const
const ADDRESS_KINDS = ['ipv4', 'ipv6', 'mdns'] as const
const ROLES = ['actpass', 'active', 'passive'] as const

interface Candidate {
  readonly type: (typeof CANDIDATE_TYPES)[number]
  readonly kind: (typeof ADDRESS_KINDS)[number]
  /** 4, 16 or 16 bytes. */
  readonly address: Uint8Array
  readonly port: number
  readonly priority: number
}

interface Fields {
  readonly role: (typeof ROLES)[number]
  readonly ufrag: string
  readonly password: string
  readonly fingerprint: Uint8Array
  readonly candidates: readonly Candidate[]
}

export type DescriptionReason = 'malformed' | 'unsupported'

/** The bytes of a description made by this browser. TCP candidates, and those beyond the limit, are left out. */
export function packDescription(sdp: string): Result<Uint8Array, DescriptionReason> {
  const lines = sdp.split(/\r?\n/)
  const valueOf = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`a=${name}:`))?.slice(name.length + 3)
  const role = ROLES.findIndex((known) => known === valueOf('setup'))
  const ufrag = valueOf('ice-ufrag')
  const password = valueOf('ice-pwd')
  const fingerprint = /^sha-256 ((?:[0-9a-f]{2}:){31}[0-9a-f]{2})$/i.exec(valueOf('fingerprint') ?? '')?.[1]
  if (valueOf('mid') !== '0' || lines.filter((line) => line.startsWith('m=')).length !== 1) {
    return rejected('unsupported', 'more than data channels')
  }
  if (role < 0 || !fitsIce(ufrag, UFRAG_CHARS) || !fitsIce(password, PASSWORD_CHARS) || fingerprint === undefined) {
    return rejected('unsupported', 'without what a connection needs')
  }
  const candidates = lines
    .flatMap((line) => (line.startsWith('a=candidate:') ? [readCandidateLine(line)] : []))
    .filter((candidate) => candidate !== undefined)
    .slice(0, CANDIDATES_MAX)
  const writer = new Writer().u8(role).text(ufrag).text(password)
  writer.fixed(Uint8Array.from(fingerprint.split(':'), (byte) => Number.parseInt(byte, 16)))
  writer.list(candidates, ({ type, kind, address, port, priority }) => {
    writer.u8(CANDIDATE_TYPES.indexOf(type) * ADDRESS_KINDS.length + ADDRESS_KINDS.indexOf(kind))
    writer.fixed(address).varuint(port).varuint(priority)
  })
  return accepted(writer.finish())
}

/** The description as a browser takes it. */
export function unpackDescription(bytes: Uint8Array): Result<string, DescriptionReason> {
  if (bytes.length > PACKED_DESCRIPTION_BYTES_MAX) return rejected('malformed', 'too long')
  const fields = decode(bytes, readFields)
  return fields.ok ? accepted(sdpOf(fields.value)) : fields
}

function readFields(reader: Reader): Fields {
  const role = ROLES[reader.u8()] ?? reader.fail('unknown role')
  const ufrag = readIce(reader, UFRAG_CHARS)
  const password = readIce(reader, PASSWORD_CHARS)
  const fingerprint = reader.fixed(FINGERPRINT_BYTES)
  const candidates = reader.list(CANDIDATES_MAX, () => {
    const code = reader.u8()
    const type = CANDIDATE_TYPES[Math.floor(code / ADDRESS_KINDS.length)] ?? reader.fail('unknown candidate')
    const kind = ADDRESS_KINDS[code % ADDRESS_KINDS.length] ?? 'mdns'
    const address = reader.fixed(kind === 'ipv4' ? 4 : MDNS_BYTES)
    const port = reader.varuint(0xffff)
    const priority = reader.varuint(0xffff_ffff)
    return port === 0 || priority === 0
      ? reader.fail('candidate without a port')
      : { type, kind, address, port, priority }
  })
  return { role, ufrag, password, fingerprint, candidates }
}

function readIce(reader: Reader, limits: readonly [number, number]): string {
  const text = reader.text(limits[1])
  return fitsIce(text, limits) ? text : reader.fail('not an ICE credential')
}

/** The characters of RFC 8839; anything else could begin a line of its own. */
const fitsIce = (text: string | undefined, [min, max]: readonly [number, number]): text is string =>
  text !== undefined && text.length >= min && text.length <= max && /^[A-Za-z0-9+/]+$/.test(text)

function readCandidateLine(line: string): Candidate | undefined {
  const [, component, protocol, priority, host, port, , type] = line.slice('a=candidate:'.length).split(' ')
  const known = CANDIDATE_TYPES.find((name) => name === type)
  if (component !== '1' || protocol?.toLowerCase() !== 'udp' || !known || host === undefined) return undefined
  const address = readAddress(host)
  const numbers = { port: Number(port), priority: Number(priority) }
  return address && numbers.port > 0 ? { type: known, ...address, ...numbers } : undefined
}

function readAddress(host: string): Pick<Candidate, 'kind' | 'address'> | undefined {
  const mdns = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.local$/i.exec(host)?.[1]
  if (mdns !== undefined) {
    const digits = mdns.replaceAll('-', '')
    return { kind: 'mdns', address: Uint8Array.from({ length: 16 }, (_, i) => hexAt(digits, i * 2)) }
  }
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(host)) {
    const parts = host.split('.').map(Number)
    return parts.every((part) => part < 256) ? { kind: 'ipv4', address: Uint8Array.from(parts) } : undefined
  }
  const address = host.includes(':') ? readIpv6(host) : undefined
  return address && { kind: 'ipv6', address }
}

const hexAt = (digits: string, at: number): number => Number.parseInt(digits.slice(at, at + 2), 16)

/** RFC 4291, 2.2, without a zone and without an IPv4 tail. */
function readIpv6(host: string): Uint8Array | undefined {
  const [head = '', tail] = host.split('::')
  const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const before = groupsOf(head)
  const after = groupsOf(tail ?? '')
  const gap = 8 - before.length - after.length
  if (tail === undefined ? gap !== 0 : gap < 1) return undefined
  const groups = [...before, ...Array<string>(gap).fill('0'), ...after]
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined
  return Uint8Array.from(groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 255]))
}

function hostOf({ kind, address }: Candidate): string {
  if (kind === 'ipv4') return address.join('.')
  const digits = [...address].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  if (kind === 'ipv6')
    return (digits.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16)).join(':')
  return `${digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')}.local`
}

function sdpOf({ role, ufrag, password, fingerprint, candidates }: Fields): string {
  const digits = [...fingerprint].map((byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(':')
  return [
    'v=0',
    'o=- 1 2 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'a=group:BUNDLE 0',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'c=IN IP4 0.0.0.0',
    ...candidates.map((candidate, i) => {
      const { type, port, priority } = candidate
      const base = type === 'host' ? '' : ' raddr 0.0.0.0 rport 0'
      return `a=candidate:${i + 1} 1 udp ${priority} ${hostOf(candidate)} ${port} typ ${type}${base}`
    }),
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${password}`,
    `a=fingerprint:sha-256 ${digits}`,
    `a=setup:${role}`,
    'a=mid:0',
    'a=sctp-port:5000',
    'a=max-message-size:262144',
    '',
  ].join('\r\n')
}
