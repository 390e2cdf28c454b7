import { css } from 'lit'

/**
 * Colours, spacing and type of the whole application, as custom properties of the document, which cross shadow roots.
 * Every text colour has a contrast of at least 4.5:1 on the three surfaces, in both schemes.
 */
export const tokens = css`
  :root {
    color-scheme: light dark;
    --surface: light-dark(#fdfdfc, #171918);
    --surface-sunken: light-dark(#f5f5f2, #101211);
    --surface-raised: light-dark(#ffffff, #202322);
    --surface-hover: light-dark(#f3f4f1, #1e2120);
    --surface-active: light-dark(#e6f0ed, #1d302c);
    --line: light-dark(#e5e5e0, #2b2f2d);
    --line-strong: light-dark(#85887f, #7b827e);
    --text: light-dark(#1b1d1c, #eceeec);
    --text-muted: light-dark(#5b605d, #a3aaa6);
    --accent: light-dark(#0b6b5e, #62cdb9);
    --accent-solid: light-dark(#0b6b5e, #52bfab);
    --accent-solid-hover: light-dark(#095a4f, #6bd0bd);
    --on-accent: light-dark(#ffffff, #06221d);
    --danger: light-dark(#b3261e, #ff9d93);
    --danger-solid: light-dark(#b3261e, #ff9d93);
    --on-danger: light-dark(#ffffff, #3b0a06);
    --warning-surface: light-dark(#fdf3dc, #352a11);
    --warning-text: light-dark(#6a4700, #f2cf86);
    --good: light-dark(#1b7f4b, #63cf95);
    --shadow: 0 1px 2px light-dark(#1b1d1c14, #0006), 0 12px 32px light-dark(#1b1d1c1f, #0009);
    --backdrop: light-dark(#1b1d1c59, #000000a6);

    --space-1: 4px;
    --space-2: 8px;
    --space-3: 12px;
    --space-4: 16px;
    --space-5: 24px;
    --space-6: 40px;
    --radius-small: 6px;
    --radius: 10px;
    --radius-large: 16px;
    --target: 36px;
    --quick: 140ms cubic-bezier(0.2, 0, 0, 1);

    --font:
      'Inter', ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif;
    --font-mono: ui-monospace, 'SF Mono', 'Cascadia Mono', Menlo, Consolas, 'Liberation Mono', monospace;
    --size-small: 0.8125rem;
    --size-body: 0.9375rem;
    --size-large: 1.125rem;
    --size-title: 1.75rem;

    font: 400 100% / 1.5 var(--font);
    /* Some text fonts hold line drawings of emoji, which would be taken first. */
    font-variant-emoji: unicode;
    font-size: 100%;
    background: var(--surface);
    color: var(--text);
    -webkit-text-size-adjust: 100%;
  }
  :root[data-theme='light'] {
    color-scheme: light;
  }
  :root[data-theme='dark'] {
    color-scheme: dark;
  }
  @media (pointer: coarse) {
    :root {
      --target: 44px;
      --size-body: 1rem;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    :root {
      --quick: 0s;
    }
  }
  body {
    margin: 0;
    height: 100dvh;
    overflow: hidden;
    font-size: var(--size-body);
    -webkit-font-smoothing: antialiased;
    text-rendering: optimizeLegibility;
  }
`
