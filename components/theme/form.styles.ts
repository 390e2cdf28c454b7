import { css } from 'lit'

/** A form of a dialog: questions below each other, and choices of which each says what it means. */
export const form = css`
  form {
    display: grid;
    gap: var(--space-4);
  }
  fieldset {
    display: grid;
    gap: 2px;
    min-inline-size: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  legend {
    padding: 0 0 var(--space-1);
    font-size: var(--size-small);
    font-weight: 600;
    color: var(--text-muted);
  }
  .choice {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    align-items: start;
    gap: var(--space-3);
    min-block-size: var(--target);
    padding: 6px var(--space-2);
    border-radius: var(--radius-small);
    cursor: pointer;
  }
  .choice:hover {
    background: var(--surface-hover);
  }
  .choice input {
    inline-size: 18px;
    block-size: 18px;
    margin: 2px 0 0;
    accent-color: var(--accent-solid);
  }
  .hint {
    display: block;
    color: var(--text-muted);
    font-size: var(--size-small);
    font-weight: 400;
  }
`
