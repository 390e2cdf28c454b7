import { css } from 'lit'

/** A field with the button beside it that does something with what is in it. */
export const fieldRow = css`
  .field-row {
    display: flex;
    align-items: flex-end;
    gap: var(--space-2);
  }
  .field-row label {
    flex: 1;
    min-inline-size: 0;
  }
  .field-row button {
    min-block-size: calc(var(--target) + 6px);
  }
`
