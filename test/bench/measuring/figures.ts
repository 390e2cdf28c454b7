/** Medians, and the small tables in which the benchmarks report. */

export const median = (figures: readonly number[]): number => {
  const sorted = figures.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return ((sorted[middle] ?? 0) + (sorted[sorted.length - 1 - middle] ?? 0)) / 2
}

const short = (figure: number): string => figure.toFixed(Math.abs(figure) >= 100 ? 0 : Math.abs(figure) >= 10 ? 1 : 2)

/** `median [least..most]`, or the figure alone where there is only one. */
export function spread(figures: readonly number[], unit = ''): string {
  if (figures.length === 0) return '-'
  const middle = `${short(median(figures))}${unit === '' ? '' : ` ${unit}`}`
  return figures.length === 1 ? middle : `${middle} [${short(Math.min(...figures))}..${short(Math.max(...figures))}]`
}

/** Runs that belong together are divided one by one: what slows the machine down slows both. */
export const ratios = (ours: readonly number[], others: readonly number[]): readonly number[] =>
  ours.map((figure, i) => figure / (others[i] ?? Number.NaN))

export function printTable(title: string, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const lines = [head, ...rows]
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const written = lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  console.log([title, written[0], rule, ...written.slice(1)].join('\n'))
}

export const verdict = (isMet: boolean): string => (isMet ? 'met' : 'MISSED')
