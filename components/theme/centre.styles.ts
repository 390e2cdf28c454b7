import { css } from 'lit'

/** A few words in the middle of an area that has nothing else to show. */
export const centre = css`
  .centre {
    display: grid;
    gap: var(--space-3);
    place-content: center;
    justify-items: center;
    block-size: 100%;
    padding: var(--space-5);
    text-align: center;
  }
  .centre h1 {
    font-size: 1.375rem;
    letter-spacing: -0.015em;
  }
  .centre p {
    max-inline-size: 42ch;
    text-wrap: balance;
  }
`
