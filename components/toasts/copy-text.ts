import { ToastEvent } from './toasts.ts'

/**
 * Copies what a field shows and says so. Where the browser refuses the clipboard, the field's text is selected instead,
 * so that the keyboard can take it.
 */
export async function copyFrom(field: HTMLInputElement | HTMLTextAreaElement, toast: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(field.value)
    field.dispatchEvent(new ToastEvent(toast))
  } catch {
    field.focus()
    field.select()
  }
}
