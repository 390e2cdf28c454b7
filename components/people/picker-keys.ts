const MOVING_KEYS: ReadonlySet<string> = new Set([
  'ArrowUp',
  'ArrowDown',
  'ArrowLeft',
  'ArrowRight',
  'Home',
  'End',
  'PageUp',
  'PageDown',
])

/**
 * Opens the list of a select whose choice acts at once. Otherwise some browsers change a closed select with each arrow
 * or letter, so that whoever steps from Reader to Writer would give the roles in between as well.
 */
export function openPickerByKey(event: KeyboardEvent): void {
  const { key, target } = event
  const isLetter = key.length === 1 && key !== ' '
  if (event.ctrlKey || event.metaKey || event.altKey || !(MOVING_KEYS.has(key) || isLetter)) return
  if (!(target instanceof HTMLSelectElement) || target.disabled) return
  try {
    target.showPicker()
    event.preventDefault()
  } catch {
    // A browser that does not let the list be opened from here keeps its own way of choosing.
  }
}
