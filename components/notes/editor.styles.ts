import { css, unsafeCSS } from 'lit'
import { PALETTE } from '../theme/person-colour.ts'

/** One rule a colour: the editor gives its decorations classes, because the content policy forbids style attributes. */
const cursorColours = unsafeCSS(
  PALETTE.map((colour, index) => `.colour-${index} { --person-colour: ${colour}; }`).join('\n'),
)

/** Looks of a note's content, inside the shadow root where the editor lives. */
export const editorStyles = css`
  .ProseMirror {
    position: relative;
    min-block-size: 40dvh;
    outline: none;
    font-size: 1.0625rem;
    line-height: 1.65;
    white-space: break-spaces;
    overflow-wrap: anywhere;
    font-variant-ligatures: none;
    -webkit-user-modify: read-write;
  }
  /* The caret shows where one is; a ring around the whole page would say no more. */
  .ProseMirror:focus-visible {
    outline: none;
  }
  .ProseMirror[contenteditable='false'] {
    -webkit-user-modify: read-only;
  }
  .ProseMirror > * + * {
    margin-block-start: 0.75em;
  }
  .ProseMirror :is(p, h2, h3, h4, ul, ol, blockquote, pre) {
    margin-block-end: 0;
  }
  .ProseMirror :is(li, blockquote, td, th) > :first-child {
    margin-block-start: 0;
  }
  .ProseMirror :is(h2, h3, h4) {
    line-height: 1.25;
    letter-spacing: -0.02em;
    margin-block-start: 1.4em;
  }
  .ProseMirror > :is(h2, h3, h4):first-child {
    margin-block-start: 0;
  }
  .ProseMirror h2 {
    font-size: 1.5rem;
    font-weight: 680;
  }
  .ProseMirror h3 {
    font-size: 1.25rem;
    font-weight: 660;
  }
  .ProseMirror h4 {
    font-size: 1.0625rem;
    font-weight: 660;
  }
  .ProseMirror :is(ul, ol) {
    padding-inline-start: 1.6em;
  }
  .ProseMirror li > * + * {
    margin-block-start: 0.3em;
  }
  .ProseMirror li p {
    margin: 0;
  }
  .ProseMirror [data-tasks] {
    padding: 0;
    list-style: none;
  }
  .ProseMirror [data-tasks] > li {
    display: flex;
    gap: var(--space-2);
  }
  .ProseMirror [data-tasks] > li > div {
    margin: 0;
    flex: 1;
    min-inline-size: 0;
  }
  .ProseMirror [data-tasks] > li > input {
    /* Drawn smaller than what a finger hits. */
    appearance: none;
    display: grid;
    place-items: center;
    flex: none;
    inline-size: 24px;
    block-size: 24px;
    margin: calc((1.65em - 24px) / 2) 0 0 -3px;
    border-radius: var(--radius-small);
    font: inherit;
    cursor: pointer;
  }
  .ProseMirror [data-tasks] > li > input::before {
    content: '';
    display: grid;
    place-items: center;
    inline-size: 18px;
    block-size: 18px;
    border: 1.5px solid var(--line-strong);
    border-radius: 5px;
    background: var(--surface-raised);
    color: var(--on-accent);
    font: 700 0.8125rem / 1 var(--font);
  }
  .ProseMirror [data-tasks] > li > input:checked::before {
    content: '✓';
    border-color: var(--accent-solid);
    background: var(--accent-solid);
  }
  .ProseMirror [data-checked='true'] > div > p {
    color: var(--text-muted);
    text-decoration: line-through;
  }
  .ProseMirror blockquote {
    margin-inline: 0;
    padding-inline-start: var(--space-4);
    border-inline-start: 3px solid var(--line-strong);
    color: var(--text-muted);
  }
  .ProseMirror code {
    padding: 0.1em 0.35em;
    border-radius: 5px;
    background: light-dark(#1b1d1c0f, #ffffff14);
    font: 0.875em var(--font-mono);
  }
  .ProseMirror pre {
    padding: var(--space-4);
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface-sunken);
    overflow: auto;
  }
  .ProseMirror pre code {
    padding: 0;
    background: none;
    line-height: 1.55;
  }
  .ProseMirror hr {
    margin-block: 1.5em;
    border: 0;
    border-block-start: 1px solid var(--line-strong);
  }
  .ProseMirror .tableWrapper {
    overflow-x: auto;
  }
  .ProseMirror table {
    inline-size: 100%;
    border-collapse: collapse;
    font-size: 0.9375rem;
  }
  .ProseMirror :is(td, th) {
    position: relative;
    min-inline-size: 72px;
    padding: 6px 10px;
    border: 1px solid var(--line);
    text-align: start;
    vertical-align: top;
  }
  .ProseMirror th {
    background: var(--surface-sunken);
    font-weight: 600;
  }
  .ProseMirror :is(td, th) > p {
    margin: 0;
  }
  .ProseMirror .selectedCell {
    background: var(--surface-active);
  }
  .ProseMirror .unknown {
    padding: 2px 8px;
    border: 1px dashed var(--line-strong);
    border-radius: var(--radius-small);
    color: var(--text-muted);
  }
  .ProseMirror .unknown[data-label]::before {
    content: attr(data-label);
    font-size: var(--size-small);
  }
  .ProseMirror-selectednode {
    outline: 2px solid var(--accent);
  }
  .ProseMirror-hideselection *::selection {
    background: transparent;
  }
  .ProseMirror-gapcursor {
    display: none;
    position: absolute;
    pointer-events: none;
  }
  .ProseMirror-focused .ProseMirror-gapcursor {
    display: block;
  }
  .ProseMirror-gapcursor::after {
    content: '';
    display: block;
    position: absolute;
    inset-block-start: -2px;
    inline-size: 20px;
    border-block-start: 1px solid var(--text);
  }
  .ProseMirror-separator {
    display: inline !important;
    border: none !important;
    margin: 0 !important;
    inline-size: 0 !important;
    block-size: 0 !important;
  }
  ${cursorColours}
  .cursor {
    position: relative;
    border-inline-start: 2px solid var(--person-colour);
    margin-inline: -1px;
    pointer-events: none;
    word-break: normal;
  }
  .cursor-name {
    position: absolute;
    inset-block-start: -1.5em;
    inset-inline-start: -2px;
    padding: 0 6px;
    border-radius: 5px 5px 5px 0;
    background: var(--person-colour);
    color: #fff;
    font: 600 0.6875rem / 1.5 var(--font);
    white-space: nowrap;
    user-select: none;
  }
  .cursor-selection {
    background: color-mix(in srgb, var(--person-colour) 26%, transparent);
  }
`
