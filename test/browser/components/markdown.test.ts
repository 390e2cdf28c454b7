import { assert } from 'chai'
import { html, render } from 'lit'
import { renderMarkdown } from '../../../components/chat/markdown.ts'
import { renderMessageText } from '../../../components/chat/message-text.ts'

const ELEMENTS_ALLOWED =
  'A B BLOCKQUOTE BR BUTTON CIRCLE CODE DIV EM HR INPUT LI OL P PATH PRE RECT S SPAN STRONG SVG TABLE TBODY TD TH THEAD TR UL'.split(
    ' ',
  )

function shown(text: string): HTMLElement {
  const stage = document.createElement('div')
  render(html`${renderMarkdown(text)}`, stage)
  return stage
}

/** Ways in which messages have become code elsewhere. */
const ATTACKS = [
  '<script>window.pwned = true</script>',
  '<img src=x onerror="window.pwned = true">',
  '<svg onload="window.pwned = true"><script>1</script></svg>',
  '<iframe srcdoc="<script>parent.pwned = true</script>"></iframe>',
  '<a href="javascript:window.pwned=true">click</a>',
  '[click](javascript:window.pwned=true)',
  '[click](JaVaScRiPt:window.pwned=true)',
  '[click](java\nscript:window.pwned=true)',
  '[click](&#106;avascript:window.pwned=true)',
  '[click](\u0001javascript:window.pwned=true)',
  '[click](vbscript:msgbox)',
  '[click](data:text/html,<script>parent.pwned=true</script>)',
  '[click](blob:https://example.org/1)',
  '[click](file:///etc/passwd)',
  '<javascript:window.pwned=true>',
  '![x](javascript:window.pwned=true)',
  '![x](https://example.org/x.png" onerror="window.pwned=true)',
  '[x](https://example.org "\\" onmouseover=\\"window.pwned=true")',
  '[ref]\n\n[ref]: javascript:window.pwned=true',
  '`</code><script>window.pwned=true</script>`',
  '```html\n</code></pre><script>window.pwned=true</script>\n```',
  '<math><mtext><table><mglyph><style><img src=x onerror="window.pwned=true">',
  '<form action="javascript:window.pwned=true"><button>go</button></form>',
  '<style>* { display: none }</style>',
  '<base href="https://evil.example/">',
  '<meta http-equiv="refresh" content="0;url=https://evil.example">',
  '<object data="data:text/html,x"></object><embed src="x">',
  '| <img src=x onerror=window.pwned=true> |\n|-|\n| <b onclick=window.pwned=true>x</b> |',
  '<details open ontoggle=window.pwned=true>',
  '${alert(1)} {{constructor.constructor("alert(1)")()}}',
  '<!--><script>window.pwned=true</script>-->',
]

describe('Markdown in messages', () => {
  for (const attack of ATTACKS)
    it(`shows ${JSON.stringify(attack.slice(0, 60))} as harmless text`, () => {
      const stage = shown(attack)
      for (const element of stage.querySelectorAll('*')) {
        assert.include(ELEMENTS_ALLOWED, element.tagName.toUpperCase())
        for (const { name } of element.attributes) assert.notMatch(name, /^(on|style$|src)/)
      }
      for (const anchor of stage.querySelectorAll('a')) assert.include(['http:', 'https:', 'mailto:'], anchor.protocol)
      assert.notProperty(window, 'pwned')
    })

  it('never makes an element that loads something', () => {
    const stage = shown('![a cat](https://example.org/cat.png) <img src="https://example.org/dog.png">')
    assert.isNull(stage.querySelector('img'))
    assert.equal(stage.querySelector('a')?.href, 'https://example.org/cat.png')
    assert.include(stage.textContent, '<img src=')
  })

  it('opens links in a page of their own that learns nothing, and says where they go', () => {
    const anchor = shown('[the club](https://example.org/club)').querySelector('a')
    assert.equal(anchor?.target, '_blank')
    assert.equal(anchor?.rel, 'noopener noreferrer')
    assert.equal(anchor?.title, 'example.org')
  })

  it('says the real host beside a link whose words name another', () => {
    assert.include(shown('[https://bank.example](https://evil.example/)').textContent, '(evil.example)')
    assert.notInclude(shown('https://bank.example/login').textContent, '(')
  })

  it('renders emphasis, code, lists, tasks, quotes and tables', () => {
    const stage = shown('**a** *b* ~~c~~ `d`\n\n- [x] e\n- f\n\n> g\n\n```\nh\n```\n\n|i|\n|-|\n|j|')
    for (const selector of ['strong', 'em', 's', 'p code', 'li input:checked', 'blockquote', 'pre code', 'td'])
      assert.isNotNull(stage.querySelector(selector), selector)
    assert.equal(stage.querySelector('pre code')?.textContent, 'h')
  })

  it('keeps a heading out of the outline of the page', () => {
    assert.isNull(shown('# Loud').querySelector('h1, h2, h3'))
  })

  it('shows what is nested or long beyond reason as it was written', () => {
    assert.include(shown('>'.repeat(20_000) + 'deep').textContent, 'deep')
    assert.include(shown('*'.repeat(40_000)).textContent, '****')
    const long = 'word '.repeat(20_000)
    assert.equal(shown(long).textContent?.trim(), long.trim())
  })

  it('leaves line breaks where they were typed', () => {
    assert.isNotNull(shown('one\ntwo').querySelector('br'))
  })
})

describe('messages before the lexer has loaded', () => {
  const plain = (text: string) => {
    const stage = document.createElement('div')
    const { template, isFinal } = renderMessageText(text, () => {})
    render(template, stage)
    return { text: stage.innerHTML.replaceAll(/<!--.*?-->/g, ''), isFinal }
  }
  const withoutMarkers = (stage: HTMLElement) => stage.innerHTML.replaceAll(/<!--.*?-->/g, '')

  it('are shown as the lexer would show them when nothing in them is Markdown', () => {
    for (const text of [
      'Hello there',
      'two\nlines',
      'two\n\nparagraphs',
      "it's fine, (really) 100 % - yes!",
      'שלום 🎉',
      'at 19:00 o’clock',
    ]) {
      const { text: shownText, isFinal } = plain(text)
      assert.isTrue(isFinal, text)
      assert.equal(shownText, withoutMarkers(shown(text)))
    }
  })

  it('ask for the lexer when something in them may be Markdown', async () => {
    const wanted = [
      '**a**',
      '- a',
      '1. a',
      '# a',
      '> a',
      '`a`',
      'https://example.org',
      'a@example.org',
      '    code',
      '|a|',
      'a\n---',
    ]
    await new Promise<void>((resolve) => renderMessageText(wanted.join('\n'), resolve))
    for (const text of wanted) assert.equal(withoutMarkers(shown(text)), plain(text).text)
  })
})
