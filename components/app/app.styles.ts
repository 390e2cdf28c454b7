import { css } from 'lit'

export const appStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    block-size: 100dvh;
    background: var(--surface);
    color: var(--text);
  }
  .banner {
    display: flex;
    align-items: center;
    justify-content: center;
    gap: var(--space-2);
    padding: var(--space-2) var(--space-4);
    background: var(--warning-surface);
    color: var(--warning-text);
    font-size: var(--size-small);
    font-weight: 500;
  }
  .frame {
    display: grid;
    flex: 1;
    grid-template-columns: minmax(0, 1fr);
    min-block-size: 0;
  }
  main:focus {
    outline: none;
  }
  main {
    min-block-size: 0;
    min-inline-size: 0;
    overflow: hidden;
  }
  nav {
    display: none;
  }
  @media (min-width: 720px) {
    .frame:has(nav) {
      grid-template-columns: clamp(220px, 24vw, 288px) minmax(0, 1fr);
    }
    nav {
      display: flex;
      flex-direction: column;
      gap: var(--space-2);
      min-block-size: 0;
      padding: var(--space-3) var(--space-2);
      border-inline-end: 1px solid var(--line);
      background: var(--surface-sunken);
      overflow: auto;
    }
    .brand,
    .another {
      display: flex;
      align-items: center;
      gap: var(--space-3);
      min-block-size: 40px;
      padding: 0 var(--space-3);
      border-radius: var(--radius);
      color: var(--text);
      text-decoration: none;
    }
    .brand {
      font-weight: 700;
      font-size: 1.0625rem;
      letter-spacing: -0.02em;
    }
    .brand .icon {
      color: var(--accent);
      inline-size: 22px;
      block-size: 22px;
    }
    .another {
      color: var(--text-muted);
      font-size: var(--size-small);
      font-weight: 500;
      transition: background var(--quick);
    }
    .another:hover {
      background: var(--surface-hover);
      color: var(--text);
    }
  }
`
