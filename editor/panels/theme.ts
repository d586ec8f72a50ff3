/** Light, dark or as the system says, and more contrast: attributes of the page that the tokens follow. */

import type { Workspace } from '../workspace.ts'

export type Theme = 'system' | 'light' | 'dark'
export type Contrast = 'system' | 'normal' | 'more'

const wantsMore = matchMedia('(prefers-contrast: more)')
let contrast: Contrast = 'system'

/** Takes what this browser kept; follows the system from then on. */
export async function readTheme(workspace: Workspace): Promise<void> {
  const theme = await workspace.preference<string>('theme', 'system')
  const kept = await workspace.preference<string>('contrast', 'system')
  showTheme(theme === 'light' || theme === 'dark' ? theme : 'system')
  showContrast(kept === 'more' || kept === 'normal' ? kept : 'system')
  wantsMore.addEventListener('change', () => showContrast(contrast))
}

export function theme(): Theme {
  const now = document.documentElement.dataset.theme
  return now === 'light' || now === 'dark' ? now : 'system'
}
export function hasMoreContrast(): boolean {
  return document.documentElement.dataset.contrast === 'more'
}

export function setTheme(workspace: Workspace, theme: Theme): void {
  showTheme(theme)
  workspace.setPreference('theme', theme)
}
export function setContrast(workspace: Workspace, wanted: Contrast): void {
  showContrast(wanted)
  workspace.setPreference('contrast', wanted)
}

function showTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
  dispatchEvent(new Event('themechange'))
}
function showContrast(wanted: Contrast): void {
  contrast = wanted
  const isMore = wanted === 'more' || (wanted === 'system' && wantsMore.matches)
  if (isMore) document.documentElement.dataset.contrast = 'more'
  else delete document.documentElement.dataset.contrast
  dispatchEvent(new Event('themechange'))
}
