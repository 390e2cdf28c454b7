import { DOMParser, type ParseOptions, type Schema, type Slice } from 'prosemirror-model'

/** Where a style attribute waits until a script sets it: in markup the page's content policy refuses it. */
const HELD = 'data-pasted-style'
/** What speaks of a whole page. */
const PAGE_ELEMENTS = /<style\b[\s\S]*?(?:<\/style\s*>|$)|<(?:base|link|meta)\b[^>]*>?/gi
const STYLE_ATTRIBUTE = /(<[a-z][^<>]*?\s)style(?=\s*=)/gi

/**
 * Pasted markup in which the policy finds nothing to refuse. Only what it says about letters is of use, and office
 * programs say it by style attributes: without them all that is pasted from some would be bold.
 */
export const preparePastedHtml = (markup: string): string =>
  markup.replace(PAGE_ELEMENTS, '').replace(STYLE_ATTRIBUTE, `$1${HELD}`)

/** Reads what `preparePastedHtml` left, with its styles. */
class PastedHtmlParser extends DOMParser {
  override parseSlice(dom: Node, options?: ParseOptions): Slice {
    if (dom instanceof Element)
      for (const element of dom.querySelectorAll<HTMLElement>(`[${HELD}]`))
        element.style.cssText = element.getAttribute(HELD) ?? ''
    return super.parseSlice(dom, options)
  }
}

export const pastedHtmlParser = (schema: Schema): DOMParser =>
  new PastedHtmlParser(schema, DOMParser.fromSchema(schema).rules)
