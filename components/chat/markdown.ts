import { html, type TemplateResult } from 'lit'
import { Lexer, type MarkedToken, type Token, type Tokens } from 'marked'
import { copyIcon } from '../later-icons.ts'

/** Longer messages are shown as plain text: the lexer's worst cases grow faster than the text. */
const TEXT_LENGTH_MAX = 32 * 1024
/** Deeper nesting than anybody writes; below it the source is shown. */
const DEPTH_MAX = 12
/** A link that isn't one of these is shown as text. */
const LINK_PROTOCOLS: ReadonlySet<string> = new Set(['http:', 'https:', 'mailto:'])

type Rendered = TemplateResult | string | readonly Rendered[]

/**
 * Markdown as Lit templates. The lexer gives tokens, each token becomes a template or a text node: no markup string
 * exists at any point, so what a peer wrote can't become an element that isn't listed here.
 */
export function renderMarkdown(text: string): Rendered {
  const tokens = text.length > TEXT_LENGTH_MAX ? undefined : lex(text)
  return tokens ? blocks(tokens, 0) : html`<p>${text}</p>`
}

function lex(text: string): readonly Token[] | undefined {
  try {
    return new Lexer({ gfm: true, breaks: true }).lex(text)
  } catch {
    // The lexer gives up on some texts by throwing (stack depth, no progress): they are shown as written.
    return undefined
  }
}

// The lexer runs without extensions, so every token is one of its own.
const known = (token: Token): MarkedToken => token as MarkedToken

function blocks(tokens: readonly Token[], depth: number): Rendered {
  return tokens.map((token) => (depth > DEPTH_MAX ? token.raw : block(known(token), depth + 1)))
}

function block(token: MarkedToken, depth: number): Rendered {
  switch (token.type) {
    case 'space':
    case 'def':
      return ''
    case 'paragraph':
      return html`<p>${inlines(token.tokens, depth)}</p>`
    case 'heading':
      // Not a heading for assistive technology: a message must not change the outline of the page.
      return html`<p class="heading">${inlines(token.tokens, depth)}</p>`
    case 'blockquote':
      return html`<blockquote>${blocks(token.tokens, depth)}</blockquote>`
    case 'list':
      return list(token, depth)
    case 'code':
      return html`<div class="code">
        <button class="quiet square" aria-label="Copy code" data-action="copy-code">${copyIcon}</button>
        <pre tabindex="0"><code>${token.text}</code></pre>
      </div>`
    case 'hr':
      return html`<hr />`
    case 'table':
      return table(token, depth)
    case 'text':
      return token.tokens ? inlines(token.tokens, depth) : token.text
    case 'html':
      return token.block ? html`<p>${token.raw}</p>` : token.raw
    default:
      return inline(token, depth)
  }
}

function list(token: Tokens.List, depth: number): TemplateResult {
  const items = token.items.map(
    (item) =>
      html`<li class=${item.task ? 'task' : ''}>
        ${
          item.task
            ? html`<input
                type="checkbox"
                disabled
                .checked=${item.checked ?? false}
                aria-label=${item.checked ? 'Done' : 'To do'}
              />`
            : ''
        }${blocks(
          item.tokens.filter((child) => child.type !== 'checkbox'),
          depth,
        )}
      </li>`,
  )
  return token.ordered
    ? html`<ol start=${token.start || 1}>
        ${items}
      </ol>`
    : html`<ul>
        ${items}
      </ul>`
}

function table(token: Tokens.Table, depth: number): TemplateResult {
  return html`<div class="table" tabindex="0">
    <table>
      <thead>
        <tr>
          ${token.header.map((cell) => html`<th>${inlines(cell.tokens, depth)}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${token.rows.map(
          (row) =>
            html`<tr>
              ${row.map((cell) => html`<td>${inlines(cell.tokens, depth)}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

function inlines(tokens: readonly Token[], depth: number): Rendered {
  return tokens.map((token) => (depth > DEPTH_MAX ? token.raw : inline(known(token), depth + 1)))
}

function inline(token: MarkedToken, depth: number): Rendered {
  switch (token.type) {
    case 'text':
      return token.tokens ? inlines(token.tokens, depth) : token.text
    case 'escape':
      return token.text
    case 'strong':
      return html`<strong>${inlines(token.tokens, depth)}</strong>`
    case 'em':
      return html`<em>${inlines(token.tokens, depth)}</em>`
    case 'del':
      return html`<s>${inlines(token.tokens, depth)}</s>`
    case 'codespan':
      return html`<code>${token.text}</code>`
    case 'br':
      return html`<br />`
    case 'link':
      return link(token.href, inlines(token.tokens, depth), { text: token.text, raw: token.raw })
    case 'image':
      // Fetching it would tell its host who reads here, so it is offered as a link.
      return link(token.href, token.text || token.href, { text: token.text || token.href, raw: token.raw })
    default:
      return token.raw
  }
}

function link(href: string, label: Rendered, source: { text: string; raw: string }): Rendered {
  const url = URL.canParse(href) ? new URL(href) : undefined
  if (!url || !LINK_PROTOCOLS.has(url.protocol)) return source.raw
  const place = url.protocol === 'mailto:' ? url.pathname : url.host
  // A label that names another host than the link goes to is the oldest trick: then the host is said aloud.
  const claims = /(?:^|\s|\/\/)((?:[\p{L}\p{N}-]+\.)+\p{L}{2,})/u.exec(source.text)?.[1]?.toLowerCase()
  const isMisleading = claims !== undefined && url.protocol !== 'mailto:' && claims !== url.hostname
  return html`<a href=${url.href} target="_blank" rel="noopener noreferrer" title=${place}>${label}</a>${
      isMisleading ? html` <span class="host">(${place})</span>` : ''
    }`
}
