import { css } from 'lit'

export const notePageStyles = css`
  :host {
    display: block;
    block-size: 100%;
    overflow: auto;
    overscroll-behavior: contain;
    scroll-padding-block: 120px 24px;
  }
  .bar {
    position: sticky;
    inset-block-start: 0;
    z-index: 2;
    padding: var(--space-1) var(--space-4) 0;
    border-block-end: 1px solid var(--line);
    background: var(--surface);
  }
  .bar > * {
    max-inline-size: 728px;
    margin-inline: auto;
  }
  .top {
    display: flex;
    align-items: center;
    justify-content: space-between;
    min-block-size: 36px;
  }
  .back {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    min-block-size: var(--target);
    padding-inline-end: var(--space-2);
    border-radius: var(--radius-small);
    color: var(--text-muted);
    font-size: var(--size-small);
    font-weight: 500;
    text-decoration: none;
  }
  .back:hover {
    color: var(--text);
  }
  .back .icon {
    inline-size: 16px;
    block-size: 16px;
  }
  .here {
    display: flex;
    gap: 4px;
    --avatar-size: 26px;
  }
  .here {
    margin-inline-start: auto;
  }
  .writers {
    padding: 0 var(--space-2);
    font-size: var(--size-small);
    font-weight: 500;
  }
  .writers .icon {
    inline-size: 16px;
    block-size: 16px;
  }
  .read-only {
    display: flex;
    align-items: center;
    gap: var(--space-2);
    padding-block: var(--space-2);
    color: var(--text-muted);
    font-size: var(--size-small);
  }
  /* Who only reads needs no tools at hand, and on a small screen the height more. */
  @media (max-width: 719px), (max-height: 479px) {
    .bar.reading {
      position: static;
    }
  }
  .page {
    display: grid;
    gap: var(--space-3);
    max-inline-size: 760px;
    margin: 0 auto;
    padding: var(--space-5) var(--space-4) 30dvh;
  }
  #title {
    min-block-size: 48px;
    padding: 0;
    border: 0;
    background: transparent;
    font-size: clamp(1.625rem, 5vw, 2rem);
    font-weight: 700;
    letter-spacing: -0.025em;
    text-overflow: ellipsis;
  }
  #title:focus-visible {
    outline: none;
  }
  .mount {
    position: relative;
    min-inline-size: 0;
  }
  .mount[data-empty]::before,
  .mount:empty::before {
    content: attr(data-placeholder);
    position: absolute;
    color: var(--text-muted);
    pointer-events: none;
  }
  form {
    display: grid;
    gap: var(--space-4);
  }
  .buttons {
    display: flex;
    justify-content: flex-end;
    gap: var(--space-2);
  }
`
