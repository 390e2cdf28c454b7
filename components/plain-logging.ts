/**
 * Stands in for `lib0/logging` in the build. Yjs and y-webrtc write a line or two of warnings; lib0 would bring a console
 * made of page elements and colours for it. Here styles are dropped and the words go to the browser's console.
 */
const words = (parts: readonly unknown[]): readonly unknown[] => parts.filter((part) => typeof part !== 'symbol')

export const print = (...parts: readonly unknown[]): void => console.warn(...words(parts))
export const warn = (...parts: readonly unknown[]): void => console.warn(...words(parts))
/** What a module says of its every step is for its authors. */
export const createModuleLogger = () => (): void => undefined

export const BOLD = Symbol('bold')
export const UNBOLD = BOLD
export const GREY = BOLD
export const ORANGE = BOLD
export const RED = BOLD
export const UNCOLOR = BOLD
