import { css } from 'lit'

/** Type of the Markdown in a message. */
export const messageTextStyles = css`
  .text {
    display: grid;
    gap: 6px;
    min-inline-size: 0;
    overflow-wrap: anywhere;
    line-height: 1.5;
  }
  .text.emoji {
    font-size: 2rem;
    line-height: 1.25;
  }
  .text .heading {
    font-weight: 650;
  }
  .text :is(ul, ol, blockquote, pre) {
    margin: 0;
  }
  .text :is(ul, ol) {
    padding-inline-start: 1.5em;
  }
  .text .task {
    list-style: none;
    margin-inline-start: -1.4em;
  }
  .text .task input {
    margin-inline-end: 0.5em;
    accent-color: var(--accent-solid);
  }
  .text blockquote {
    padding-inline-start: var(--space-3);
    border-inline-start: 3px solid var(--line-strong);
    color: var(--text-muted);
  }
  .text code {
    padding: 0.1em 0.35em;
    border-radius: 5px;
    background: light-dark(#1b1d1c0f, #ffffff14);
    font: 0.875em var(--font-mono);
  }
  .text .code {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    align-items: start;
    min-inline-size: 0;
    border: 1px solid var(--line);
    border-radius: var(--radius);
    background: var(--surface-sunken);
  }
  .text .code button {
    grid-area: 1 / 2;
    margin: 3px;
  }
  .text pre {
    grid-area: 1 / 1;
    padding: var(--space-3);
    border-radius: var(--radius);
    overflow: auto;
  }
  .text pre code {
    padding: 0;
    background: none;
    line-height: 1.5;
  }
  .text hr {
    inline-size: 100%;
    border: 0;
    border-block-start: 1px solid var(--line);
  }
  .text .table {
    overflow: auto;
  }
  .text table {
    border-collapse: collapse;
    font-size: var(--size-small);
  }
  .text :is(th, td) {
    padding: 4px 10px;
    border: 1px solid var(--line);
    text-align: start;
  }
  .text .host {
    color: var(--text-muted);
    font-size: var(--size-small);
  }
`
