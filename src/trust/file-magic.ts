/**
 * What a file is by its first bytes. A type is named by its usual extension, from which `classOfExtension` tells how
 * dangerous it is. Signatures: the formats' own specifications, and the WHATWG's MIME Sniffing for HTML.
 */
interface Magic {
  readonly type: string
  readonly at: number
  /** Two hexadecimal digits a byte; `..` is any. */
  readonly bytes: string
  /** Extensions that belong to such a file, besides the type itself. */
  readonly fits?: string
}

const ZIPPED =
  'docx docm dotx dotm xlsx xlsm xlsb xltx xltm xlam pptx pptm potx potm ppsx ppsm ppam sldm odt ods odp odg odf epub jar apk apks xapk aab ipa xpi crx vsix appx msix appxbundle msixbundle cbz kmz pages numbers key whl 3mf pyz war nupkg theme'
const MP4_FAMILY = 'm4a m4v m4b mov 3gp 3g2 heic heif avif f4v qt'
const OLE_FAMILY = 'doc dot xls xlt xla ppt pps pot msi msp mst msg vsd pub mpp db'
const RUNNING = 'exe dll scr com pif sys ocx cpl drv efi mui xll wll'

/** The first that fits counts; short signatures come last. */
const MAGICS: readonly Magic[] = [
  { type: 'png', at: 0, bytes: '89504e470d0a1a0a', fits: 'apng' },
  { type: 'jpg', at: 0, bytes: 'ffd8ff', fits: 'jpeg jfif jpe' },
  { type: 'gif', at: 0, bytes: '474946383761' },
  { type: 'gif', at: 0, bytes: '474946383961' },
  { type: 'webp', at: 0, bytes: '52494646........57454250' },
  { type: 'wav', at: 0, bytes: '52494646........57415645' },
  { type: 'avi', at: 0, bytes: '52494646........41564920' },
  { type: 'tif', at: 0, bytes: '49492a00', fits: 'tiff dng nef cr2' },
  { type: 'tif', at: 0, bytes: '4d4d002a', fits: 'tiff dng nef' },
  { type: 'jxl', at: 0, bytes: '0000000c4a584c200d0a870a' },
  { type: 'avif', at: 4, bytes: '6674797061766966', fits: 'heif' },
  { type: 'heic', at: 4, bytes: '6674797068656963', fits: 'heif' },
  { type: 'heic', at: 4, bytes: '667479706d696631', fits: 'heif avif' },
  { type: 'mov', at: 4, bytes: '6674797071742020', fits: 'qt' },
  { type: 'm4a', at: 4, bytes: '667479704d3441', fits: 'm4b mp4' },
  { type: 'mp4', at: 4, bytes: '66747970', fits: MP4_FAMILY },
  { type: 'webm', at: 0, bytes: '1a45dfa3', fits: 'mkv mka weba' },
  { type: 'flac', at: 0, bytes: '664c6143' },
  { type: 'ogg', at: 0, bytes: '4f676753', fits: 'oga ogv opus' },
  { type: 'mpg', at: 0, bytes: '000001ba', fits: 'mpeg vob' },
  { type: 'mp3', at: 0, bytes: '494433', fits: 'aac' },
  { type: 'pdf', at: 0, bytes: '255044462d', fits: 'ai' },
  { type: 'rtf', at: 0, bytes: '7b5c727466', fits: 'doc' },
  { type: 'ps', at: 0, bytes: '25215053', fits: 'eps ai' },
  { type: 'zip', at: 0, bytes: '504b0304', fits: ZIPPED },
  { type: 'zip', at: 0, bytes: '504b0506', fits: ZIPPED },
  { type: '7z', at: 0, bytes: '377abcaf271c' },
  { type: 'rar', at: 0, bytes: '526172211a07', fits: 'cbr' },
  { type: 'xz', at: 0, bytes: 'fd377a585a00', fits: 'txz' },
  { type: 'zst', at: 0, bytes: '28b52ffd' },
  { type: 'tar', at: 257, bytes: '7573746172', fits: 'gem ova' },
  { type: 'ole', at: 0, bytes: 'd0cf11e0a1b11ae1', fits: OLE_FAMILY },
  { type: 'sqlite', at: 0, bytes: '53514c69746520666f726d6174203300', fits: 'db sqlite3' },
  { type: 'one', at: 0, bytes: 'e4525c7b8cd8a74daeb15378d02996d3' },
  { type: 'mdb', at: 0, bytes: '000100005374616e64617264', fits: 'accdb mde accde' },
  { type: 'lnk', at: 0, bytes: '4c0000000114020000000000' },
  { type: 'elf', at: 0, bytes: '7f454c46', fits: 'so o appimage bin' },
  { type: 'macho', at: 0, bytes: 'cffaedfe', fits: 'dylib so' },
  { type: 'macho', at: 0, bytes: 'cefaedfe', fits: 'dylib so' },
  { type: 'macho', at: 0, bytes: 'feedfacf', fits: 'dylib so' },
  { type: 'class', at: 0, bytes: 'cafebabe', fits: 'dylib macho' },
  { type: 'wasm', at: 0, bytes: '0061736d' },
  { type: 'dex', at: 0, bytes: '6465780a' },
  { type: 'deb', at: 0, bytes: '213c617263683e0a', fits: 'a lib' },
  { type: 'rpm', at: 0, bytes: 'edabeedb' },
  { type: 'crx', at: 0, bytes: '43723234' },
  { type: 'chm', at: 0, bytes: '49545346' },
  { type: 'cab', at: 0, bytes: '4d534346', fits: 'msu diagcab' },
  { type: 'vhdx', at: 0, bytes: '7668647866696c65' },
  { type: 'iso', at: 32_769, bytes: '4344303031', fits: 'img' },
  { type: 'swf', at: 0, bytes: '465753' },
  { type: 'swf', at: 0, bytes: '435753' },
  { type: 'reg', at: 0, bytes: '52454745444954' },
  { type: 'bz2', at: 0, bytes: '425a68', fits: 'tbz2 tbz' },
  { type: 'gz', at: 0, bytes: '1f8b', fits: 'tgz svgz' },
  { type: 'mp3', at: 0, bytes: 'fffb', fits: 'mp2' },
  { type: 'mp3', at: 0, bytes: 'fff3', fits: 'mp2' },
  { type: 'aac', at: 0, bytes: 'fff1' },
  { type: 'aac', at: 0, bytes: 'fff9' },
  { type: 'jxl', at: 0, bytes: 'ff0a' },
  { type: 'sh', at: 0, bytes: '2321', fits: 'bash zsh ksh csh fish py rb pl js mjs lua php command tcl' },
  { type: 'exe', at: 0, bytes: '4d5a', fits: RUNNING },
  { type: 'bmp', at: 0, bytes: '424d' },
]

/** The first character that is not a space, where these words make a browser read HTML, and what else is text and runs. */
const TEXT_MAGICS: readonly (readonly [type: string, pattern: RegExp, fits: string])[] = [
  ['svg', /^(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]{0,400}?-->\s*)*(?:<!doctype svg[^>]*>\s*)?<svg[\s>]/i, 'xml'],
  [
    'html',
    /^(?:<!--|<(?:!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta|img|object|embed|form|base|link|hta:application)[\s>/])/i,
    'htm xhtml shtml hta md',
  ],
  ['xml', /^<\?xml[\s]/i, 'xsl xslt xht xhtml html plist rss atom kml gpx svg fb2 rdf xul mml vcxproj'],
  ['php', /^<\?(?:php\b|=)/i, 'phtml'],
  ['url', /^\[internetshortcut\]/i, 'website'],
  ['desktop', /^\[desktop entry\]/i, ''],
  ['reg', /^windows registry editor/i, ''],
  ['mht', /^(?:mime-version:|from: <saved by )/i, 'mhtml eml'],
]

export interface DetectedType {
  readonly type: string
  /** Whether a file of this extension, in small letters, is such a file. */
  fits(extension: string): boolean
}

/** What the bytes are, or undefined if none of the signatures fits. */
export function detectType(head: Uint8Array): DetectedType | undefined {
  const magic = MAGICS.find((candidate) => matches(head, candidate))
  if (magic) return detected(magic.type, magic.fits ?? '')
  const text = asciiOf(head, 0, SNIFFED_BYTES).trimStart()
  const found = TEXT_MAGICS.find(([, pattern]) => pattern.test(text))
  return found && detected(found[0], found[2])
}

/** Whether files of this extension begin with a signature of the table, so that one without it is something else. */
export const hasSignature = (extension: string): boolean => WITH_SIGNATURE.has(extension)

/** As many bytes as browsers look at to find HTML in what calls itself otherwise. */
export const SNIFFED_BYTES = 1_445

const MARKERS =
  /<(?:!doctype html|html|head|body|script|iframe|object|embed|svg|style|title|meta|base|form|hta:application)[\s>/]|<\?php|<\?=|javascript:/i

/** Whether words that make a browser or a server run something stand in these bytes, in one byte a letter or two. */
export const holdsMarkup = (head: Uint8Array): boolean => MARKERS.test(asciiOf(head, 0, SNIFFED_BYTES))

/** Latin-1 without zero bytes and byte order mark, so that UTF-16 reads like ASCII. */
function asciiOf(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (const byte of bytes.subarray(from, to)) if (byte !== 0) text += String.fromCharCode(byte)
  return text.replace(/^(?:\u00EF\u00BB\u00BF|\u00FF\u00FE|\u00FE\u00FF)/, '')
}

const WITH_SIGNATURE = new Set(MAGICS.flatMap(({ type, fits = '' }) => [type, ...fits.split(' ')]))

const detected = (type: string, fits: string): DetectedType => ({
  type,
  fits: (extension) => extension === type || fits.split(' ').includes(extension),
})

function matches(head: Uint8Array, { at, bytes }: Magic): boolean {
  if (head.length < at + bytes.length / 2) return false
  for (let index = 0; index < bytes.length; index += 2) {
    const wanted = bytes.slice(index, index + 2)
    if (wanted !== '..' && head[at + index / 2] !== Number.parseInt(wanted, 16)) return false
  }
  return true
}
