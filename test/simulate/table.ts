import type { Row } from './scenario.ts'

const HEADINGS = ['metric', 'anchor', 'target', 'measured', ''] as const

const cells = (row: Row): readonly string[] => [
  row.metric,
  row.anchor,
  row.target,
  row.measured,
  row.isMet === undefined ? '' : row.isMet ? 'ok' : 'missed',
]

/** Rows as text, in columns. */
export function tableOf(rows: readonly Row[]): string {
  const lines = [HEADINGS, ...rows.map(cells)]
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((text, column) => text.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
