/** Gives a text to the user as a file. */
export function saveTextFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has taken the file by the end of the task in which the link was followed.
  setTimeout(() => URL.revokeObjectURL(url))
}

/** A name that every file system takes, made of what the user called the thing. */
export function fileName(parts: readonly string[]): string {
  const text = parts.join(' - ').replace(/[\p{Cc}<>:"/\\|?*]+/gu, ' ')
  return `${text.replace(/\s+/gu, ' ').trim().slice(0, 100) || 'Parley'}.txt`
}
