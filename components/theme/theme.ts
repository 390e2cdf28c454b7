import { tokens } from './tokens.styles.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

const STORAGE_KEY = 'parley.theme'

const isTheme = (text: string | null): text is Theme => THEMES.some((theme) => theme === text)

/** The choice kept on this device; the system's when there is none, or when the browser gives us no storage. */
export function chosenTheme(): Theme {
  try {
    const stored = localStorage.getItem(STORAGE_KEY)
    return isTheme(stored) ? stored : 'system'
  } catch {
    return 'system'
  }
}

export function chooseTheme(theme: Theme): void {
  applyTheme(theme)
  try {
    localStorage.setItem(STORAGE_KEY, theme)
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}

/** Puts the tokens into the document, once, and the colour scheme on its root. */
export function applyTheme(theme: Theme): void {
  const sheet = tokens.styleSheet
  if (sheet && !document.adoptedStyleSheets.includes(sheet)) document.adoptedStyleSheets.push(sheet)
  document.documentElement.dataset['theme'] = theme
}
