/** Links as they may be shown: where one leads, and whether it pretends to lead elsewhere. */
import { hostInLetters } from './punycode.ts'
import { skeletonOf } from './look-alike.ts'
import { hasBidiControls, hasInvisibles, withoutHidden } from './shown-name.ts'

export type LinkScheme = 'http' | 'https' | 'mailto'

/**
 * `text-differs`: the text names another host. `mixed-scripts`, `looks-latin`: the host's letters pass for others.
 * `user-name`: something that looks like a host stands before an @. `hidden-marks`: the text turns or hides letters.
 */
export type LinkWarning = 'text-differs' | 'mixed-scripts' | 'looks-latin' | 'user-name' | 'hidden-marks'

export type LinkDescription =
  | { readonly isAllowed: false }
  | {
      readonly isAllowed: true
      readonly scheme: LinkScheme
      /** For the attribute: as the platform will read it. */
      readonly href: string
      /** The host in letters where these are what they look like, else in its `xn--` form; of mail, the address. */
      readonly host: string
      readonly warnings: readonly LinkWarning[]
    }

const SCHEMES: Readonly<Record<string, LinkScheme>> = { 'http:': 'http', 'https:': 'https', 'mailto:': 'mailto' }
/** Longer addresses are nothing that somebody reads or types. */
const HREF_LENGTH_MAX = 4_096
const NOT_ALLOWED: LinkDescription = { isAllowed: false }

export function describeLink(text: string, href: string): LinkDescription {
  if (href.length > HREF_LENGTH_MAX || !URL.canParse(href)) return NOT_ALLOWED
  const url = new URL(href)
  const scheme = Object.hasOwn(SCHEMES, url.protocol) ? SCHEMES[url.protocol] : undefined
  if (scheme === undefined) return NOT_ALLOWED
  const address = scheme === 'mailto' ? decodedAddress(url.pathname) : undefined
  const asciiHost = scheme === 'mailto' ? asciiHostOf(address?.split('@').at(-1) ?? '') : url.hostname
  const letters = hostInLetters(asciiHost)
  const warnings: LinkWarning[] = []
  if (textDiffers(text, asciiHost)) warnings.push('text-differs')
  const isMixed = letters.split('.').some(mixesScripts)
  if (isMixed) warnings.push('mixed-scripts')
  const looksLatin = !isMixed && letters.split('.').some(passesForLatin)
  if (looksLatin) warnings.push('looks-latin')
  if (url.username !== '' || url.password !== '') warnings.push('user-name')
  if (hasBidiControls(text) || hasInvisibles(text)) warnings.push('hidden-marks')
  const shownHost = isMixed || looksLatin ? asciiHost : letters
  return { isAllowed: true, scheme, href: url.href, host: address ?? shownHost, warnings }
}

/** Whether a click asks first even for people whose links open. */
export const isDeceptive = (link: LinkDescription): boolean => link.isAllowed && link.warnings.length > 0

/** The address of a mailto link without what it presets, and without marks that would turn it around. */
function decodedAddress(pathname: string): string {
  try {
    return withoutHidden(decodeURIComponent(pathname))
  } catch {
    return pathname // percent signs that encode nothing are shown as they are
  }
}

function asciiHostOf(host: string): string {
  const address = `https://${host}/`
  return URL.canParse(address) ? new URL(address).hostname : host
}

/** A scheme and a host, or at least two labels of which the last could be a top-level domain; with what follows it. */
const HOST_IN_TEXT =
  /(?:(?:https?|ftp):\/\/(?:[^\s/@]*@)?)?((?:[\p{L}\p{N}\p{M}_-]+[.。．｡])+\p{L}[\p{L}\p{N}\p{M}-]+)(?:[/?#:]\S*)?/gu
/** Names of files and programs, which no top-level domain ends like. */
const FILE_LIKE = /\.(?:js|ts|txt|pdf|png|jpe?g|gif|docx?|xlsx?|pptx?|odt|html?|csv|json)$/i
/** Only so much of a text is looked at; a link whose text is longer is not read as an address. */
const TEXT_LENGTH_MAX = 2_048

/** Whether the text names a host, and none of those it names is the link's. */
function textDiffers(text: string, asciiHost: string): boolean {
  const plain = withoutHidden(text.slice(0, TEXT_LENGTH_MAX))
  const hosts = [...plain.matchAll(HOST_IN_TEXT)].map(([, host = '']) => host)
  const named = hosts.filter((host) => !FILE_LIKE.test(host)).map(asciiHostOf)
  return !named.every((host) => withoutWww(host) === withoutWww(asciiHost))
}

const withoutWww = (host: string): string => host.replace(/^www\./, '')

/** Scripts that are written together (Unicode Technical Standard 39, "highly restrictive"). */
const TOGETHER = [
  /^[\p{Script=Latin}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]*$/u,
  /^[\p{Script=Latin}\p{Script=Han}\p{Script=Bopomofo}]*$/u,
  /^[\p{Script=Latin}\p{Script=Han}\p{Script=Hangul}]*$/u,
]
const SCRIPTS =
  'Latin Greek Cyrillic Armenian Hebrew Arabic Devanagari Bengali Gurmukhi Gujarati Tamil Telugu Kannada Malayalam Sinhala Thai Lao Tibetan Myanmar Georgian Hangul Ethiopic Cherokee Khmer Mongolian'
const ONE_SCRIPT = SCRIPTS.split(' ').map((script) => new RegExp(`^\\p{Script=${script}}*$`, 'u'))

function mixesScripts(label: string): boolean {
  const letters = label.normalize('NFC').replaceAll(/[^\p{L}]/gu, '')
  return ![...ONE_SCRIPT, ...TOGETHER].some((pattern) => pattern.test(letters))
}

/** A label without a Latin letter that looks as if it were made of nothing else. */
const passesForLatin = (label: string): boolean =>
  /\p{L}/u.test(label) && !/\p{Script=Latin}/u.test(label) && /^[A-Za-z0-9-]+$/.test(skeletonOf(label))
