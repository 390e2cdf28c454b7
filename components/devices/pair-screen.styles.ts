import { css } from 'lit'

export const pairScreenStyles = css`
  :host {
    grid-template-columns: minmax(0, 1fr);
  }
  .doorway {
    gap: var(--space-4);
  }
  .doorway > button {
    padding-block: var(--space-1);
    white-space: normal;
  }
  .code {
    font-family: var(--font-mono);
  }
  .choice {
    padding-inline: 0;
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    gap: var(--space-2);
  }
  .row button {
    flex: 1 1 140px;
  }
  .number {
    font-family: var(--font-mono);
    font-size: var(--size-title);
    font-weight: 600;
    text-align: center;
  }
  .rooms {
    margin: 0;
    padding-inline-start: var(--space-5);
  }
  h1:focus {
    outline: none;
  }
  textarea {
    min-block-size: 120px;
    resize: vertical;
  }
`
