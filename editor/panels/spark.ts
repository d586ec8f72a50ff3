/** A line of the last minute. */

import { html, nothing, type TemplateResult } from 'lit'

export function spark(values: readonly number[], width: number, height: number): TemplateResult | typeof nothing {
  if (values.length < 2) return nothing
  const most = Math.max(...values)
  const least = Math.min(...values, most * 0.5)
  const span = most - least || 1
  const points = values.map((value, i) => {
    const x = (i / (values.length - 1)) * width
    const y = height - 1.5 - ((value - least) / span) * (height - 3)
    return `${x.toFixed(1)} ${y.toFixed(1)}`
  })
  const line = `M${points.join('L')}`
  return html`<svg class="spark" width=${width} height=${height} viewBox="0 0 ${width} ${height}" aria-hidden="true">
    <path class="area" d="M0 ${height}L${points.join('L')}L${width} ${height}Z"></path>
    <path class="line" d=${line}></path>
  </svg>`
}
