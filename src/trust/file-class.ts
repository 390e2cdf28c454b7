/**
 * How dangerous a file is to the one who opens it. A: shown or played here. B: opened by another program, which may have
 * holes. C: can run code by being opened. What is not listed is B.
 */
export type FileClass = 'A' | 'B' | 'C'

const SHOWN = `
  apng avif bmp gif heic heif jfif jpeg jpg jxl png tif tiff webp
  3gp aac avi flac m4a m4v mka mkv mov mp3 mp4 mpeg mpg oga ogg ogv opus wav weba webm
  log md srt text txt vtt`

const RUNS_CODE = `
  apk apks appimage appinstaller application appref-ms appx appxbundle bat cab chm cmd com cpl crx deb dex diagcab dll
  dmg exe gadget hta hlp img inf ins ipa iso jar jnlp lnk msc msi msix msixbundle msp mst ocx pif pkg rpm scf scr
  settingcontent-ms library-ms search-ms sys theme themepack url vhd vhdx webloc workflow xapk xpi action app command
  desktop rdp reg so dylib vsix class elf macho wasm swf website
  ahk applescript bash cjs csh fish groovy hs js jse ksh lua mjs php phtml pl ps1 ps1xml psc1 psd1 psm1 py pyc pyo pyw
  pyz rb scpt sct sh shb shs tcl ts tsx jsx vb vbe vbs ws wsc wsf wsh zsh
  htm html mht mhtml shtml svg svgz xht xhtml xml xsl xslt xul
  accdb accde ade adp docm dotm iqy mda mdb mde one potm ppam ppsm pptm sldm slk udl wll xla xlam xll xlm xlsb xlsm
  xltm`

const words = (text: string): readonly string[] => text.trim().split(/\s+/)

const CLASSES: ReadonlyMap<string, FileClass> = new Map<string, FileClass>([
  ...words(SHOWN).map((extension) => [extension, 'A'] as const),
  ...words(RUNS_CODE).map((extension) => [extension, 'C'] as const),
])

/** Of an extension in small letters, without its dot; empty for none. */
export const classOfExtension = (extension: string): FileClass => CLASSES.get(extension) ?? 'B'

/** `A` is the best and `C` the worst. */
export const worseClass = (a: FileClass, b: FileClass): FileClass => (a > b ? a : b)

const DECLARED: Readonly<Record<string, FileClass>> = {
  'application/javascript': 'C',
  'application/java-archive': 'C',
  'application/vnd.android.package-archive': 'C',
  'application/vnd.apple.installer+xml': 'C',
  'application/vnd.microsoft.portable-executable': 'C',
  'application/wasm': 'C',
  'application/x-apple-diskimage': 'C',
  'application/x-msdownload': 'C',
  'application/x-msdos-program': 'C',
  'application/x-ms-shortcut': 'C',
  'application/x-sh': 'C',
  'application/x-shellscript': 'C',
  'application/hta': 'C',
  'text/html': 'C',
  'text/javascript': 'C',
  'text/x-python': 'C',
  'text/x-shellscript': 'C',
  'text/xml': 'C',
  'application/xml': 'C',
  'application/pdf': 'B',
  'application/rtf': 'B',
  'application/zip': 'B',
  'application/epub+zip': 'B',
}

/**
 * Of the type that the sender declares. It can make a file worse, never better; one that says nothing, or nothing known
 * here, changes nothing.
 */
export function classOfDeclaredType(declaredType: string): FileClass {
  const type = (declaredType.split(';', 1)[0] ?? '').trim().toLowerCase()
  if (Object.hasOwn(DECLARED, type)) return DECLARED[type] ?? 'B'
  if (type.endsWith('+xml') || type.includes('macroenabled')) return 'C'
  return /^application\/(?:vnd\.(?:openxmlformats|oasis|ms-)|msword)/.test(type) ? 'B' : 'A'
}
