import { html, type TemplateResult } from 'lit'
import type { renderMarkdown } from './markdown.ts'

/** A message's text as a template, and whether it will stay so. */
export interface MessageText {
  readonly template: TemplateResult
  readonly isFinal: boolean
}

/**
 * Anything in which Markdown could see a sign: then the lexer decides. Without one, a message is its paragraphs and
 * lines, which is what the lexer would make of it.
 */
const SIGNS = /[\\`*_~<>[\]|#=&@]|:\/\/|www\.|^\s*(?:[-+]|\d+[.)])(?:\s|$)|^\s*-+\s*$|^(?: {4}|\t)/mu

let markdown: typeof renderMarkdown | undefined

/**
 * Renders a message. The lexer is the largest part of the chat and loads with the first message that needs it; until
 * then such a message is shown as it was written, and `onLoad` is called when it can be shown better.
 */
export function renderMessageText(text: string, onLoad: () => void): MessageText {
  if (!SIGNS.test(text)) return { template: plain(text), isFinal: true }
  if (markdown) return { template: html`${markdown(text)}`, isFinal: true }
  void load(onLoad)
  return { template: plain(text), isFinal: false }
}

async function load(onLoad: () => void): Promise<void> {
  markdown = (await import('./markdown.ts')).renderMarkdown
  onLoad()
}

const plain = (text: string): TemplateResult =>
  html`${text
    .trim()
    .split(/\n\s*\n/u)
    .map(
      (paragraph) =>
        html`<p>${paragraph.split('\n').map((line, index) => (index === 0 ? line : html`<br />${line}`))}</p>`,
    )}`
