import { utf8 } from '../base/bytes.ts'

/** The addresses that are kept; those of a room, an invite and of former links together. */
export const WS_ADDRESSES_MAX = 24
export const WS_ADDRESS_BYTES_MAX = 200

/** The address as it is compared and shown, or undefined if it is not one of a WebSocket. */
export function readWsAddress(text: string): string | undefined {
  if (utf8(text).length > WS_ADDRESS_BYTES_MAX || !URL.canParse(text)) return undefined
  const url = new URL(text)
  const isWebSocket = url.protocol === 'wss:' || url.protocol === 'ws:'
  if (!isWebSocket || url.username !== '' || url.password !== '' || url.hash !== '') return undefined
  return utf8(url.href).length > WS_ADDRESS_BYTES_MAX ? undefined : url.href
}
