import { css } from 'lit'

/** A small lamp that says how something does; the words beside it say it too. */
export const lamp = css`
  .lamp {
    inline-size: var(--lamp-size, 10px);
    block-size: var(--lamp-size, 10px);
    border: 2px solid var(--text-muted);
    border-radius: 50%;
  }
  .lamp[data-tone='good'] {
    border-color: var(--good);
    background: var(--good);
  }
  .lamp[data-tone='bad'] {
    border-color: var(--danger);
    border-radius: 2px;
    background: var(--danger);
  }
`

/** A list of places where people meet: lamp, words, button. */
export const placeRows = [
  lamp,
  css`
    ul {
      margin: 0;
      padding: 0;
      list-style: none;
    }
    li {
      display: grid;
      grid-template-columns: auto minmax(0, 1fr) auto;
      align-items: center;
      gap: 0 var(--space-3);
      min-block-size: 48px;
      padding-block: var(--space-2);
      border-block-end: 1px solid var(--line);
    }
  `,
]
